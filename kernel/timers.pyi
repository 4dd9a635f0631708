"""An indexed heap of deadlines, for other kernel modules (see timers.pxd)."""
