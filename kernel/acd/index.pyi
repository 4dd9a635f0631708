"""The queue engine's indexes, for other kernel modules (see acd_index.pxd)."""
