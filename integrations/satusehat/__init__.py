"""SATUSEHAT, the Ministry of Health's exchange: Encounters with true times, by FHIR R4."""
