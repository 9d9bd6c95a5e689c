"""One direction of data, one rule: every frame is the whole state of one queue, and the newest frame wins."""
