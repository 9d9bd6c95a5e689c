"""An agency's system with REST and JSON: asked for its records, and told of our events."""
