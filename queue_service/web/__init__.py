"""HTTP: routes, staff's keys and sessions, errors to status codes."""
