"""Where the figures of the README come from: one file a figure, run by `make bench`."""
