"""Readers of what suppliers send: price lists and bills. Plain values, no tables."""
