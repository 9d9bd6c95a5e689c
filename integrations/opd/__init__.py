"""The systems of a regency's agencies (OPD): asked, listened to, read from a view or from files, and told."""
