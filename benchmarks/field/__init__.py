"""This worker beside others: the same core functions, log, durability and machine (`docs/field.md`)."""
