"""What happens at the branches, delivered to other systems: one folder for each kind of them."""
