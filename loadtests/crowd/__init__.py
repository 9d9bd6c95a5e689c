"""What the roles share: asking, following the stream, checking it, and the books of what people were told."""
