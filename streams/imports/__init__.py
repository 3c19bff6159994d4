"""What a house brings along, a kind of file each; every module ends in `IMPORT`."""
