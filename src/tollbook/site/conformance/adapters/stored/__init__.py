"""Families whose cases move real rows; each case is undone."""
