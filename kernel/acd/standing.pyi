"""An agent's standing, for other kernel modules (see acd_standing.pxd)."""
