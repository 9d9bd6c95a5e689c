"""What Mobile JKN asks the hospital, or the Puskesmas, for: their specification's "role B"."""
