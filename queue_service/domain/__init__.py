"""The rules of queueing: plain values and functions, no clock, no I/O, standard library only."""
