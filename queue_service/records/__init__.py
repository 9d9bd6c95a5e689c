"""What is no event: branches as they are set up, and keys of staff."""
