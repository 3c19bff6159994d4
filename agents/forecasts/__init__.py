"""One forecast a file."""
