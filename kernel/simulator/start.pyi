"""How a simulation begins, for the simulator (see simulator_start.pxd)."""
