"""What the queue engine does in one instant, for the simulator (see acd_at_once.pxd)."""
