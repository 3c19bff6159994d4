"""Hotel systems, one a file: what they push, with a write key of scope `pms`, as events of the contract."""
