"""Documents made from frozen content: PDF and EN 16931 e-invoice. Pure: no Django, no database, no clock."""
