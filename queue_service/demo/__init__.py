"""A living day at the two example agencies: simulated people who take the same actions as real ones."""
