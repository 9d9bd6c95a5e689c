"""A view in an agency's database, watched with a user that may only read."""
