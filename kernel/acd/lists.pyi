"""The queue engine's ordered lists, for other kernel modules (see acd_lists.pxd)."""
