"""What a callback's customer does, for `kernel.acd.engine` (see acd_callbacks.pxd)."""
