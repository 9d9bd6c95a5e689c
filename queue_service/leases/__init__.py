"""A branch's day that is out in the field: what travels with it, and how it comes back. The centre's side."""
