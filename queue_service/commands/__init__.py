"""Groups of commands of `antrean`, and how one is run."""
