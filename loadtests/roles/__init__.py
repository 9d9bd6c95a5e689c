"""Who comes to a branch, one file each."""
