"""One file for each family of kinds."""
