"""A folder into which an agency's system drops its lists."""
