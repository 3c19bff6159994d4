"""Foreign formats, one a file: from the bytes of a request to events as they would have been sent to us."""
