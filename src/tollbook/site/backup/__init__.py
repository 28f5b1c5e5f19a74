"""Backups: a dump by PostgreSQL's own program, with a manifest of what it holds, and the way back."""
