"""The laptop's side of a day in the field: taken along in a folder of its own, served there, and given back."""
