"""`antrean backup` and `antrean restore`: everything that a database holds, in a file of either database's."""
