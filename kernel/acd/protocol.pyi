"""The offer protocol's moves, for other kernel modules (see acd_protocol.pxd)."""
