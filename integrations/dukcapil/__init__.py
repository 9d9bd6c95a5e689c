"""Identity checks by the population register of the Ministry of Home Affairs."""
