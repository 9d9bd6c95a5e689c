"""Antrean: one branch, one day, one journal; everything anyone sees is a reading of it."""
