"""How people come over time, one file each; each is a locustfile of its own."""
