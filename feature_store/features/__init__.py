"""One feature a file."""
