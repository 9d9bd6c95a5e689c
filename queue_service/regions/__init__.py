"""Regencies with their districts and villages, from tables that lie here and in the data folder."""

from queue_service.regions.regions import District, Position, Regency, Regions, Village, read_regions

__all__ = ["District", "Position", "Regency", "Regions", "Village", "read_regions"]
