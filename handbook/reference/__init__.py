"""One page of the reference a file."""
