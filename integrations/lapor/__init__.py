"""SP4N-LAPOR!, the national channel for complaints, through the service bus."""
