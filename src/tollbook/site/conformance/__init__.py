"""Numeric cases of other billing engines, run through the code that bills customers.

A case is `{"id", "kind", "input", "expected"}`. `cases` reads a file of them, `given` reads the fields of one input,
`adapters` hold one file for each family of kinds, `running` runs and compares, `report` tells.

An adapter hands the fields of a case to functions of the product and names what comes back. It never calculates,
rounds or decides: what a kind needs and no bill needs is a general rule in its pure room, with its source and tests.
"""
