"""The government's service bus (SPLP): what is asked of us by it, and how others are asked by it."""
