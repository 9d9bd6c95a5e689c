"""A living day at the two example agencies: simulated people who take the same actions as real ones."""

SPEED = 6.0  # times as fast as life: a lobby screen can still announce every call
