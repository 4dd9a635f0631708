"""The queue engine's tables, for other kernel modules (see acd_tables.pxd)."""
