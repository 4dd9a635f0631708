"""What a callback's customer does, for `kernel.acd` (see acd_callbacks.pxd)."""
