"""BPJS Antrean: what the hospital tells the national health insurance, and what Mobile JKN asks the hospital."""
