"""Who calls, when, and for how long, for the simulator (see simulator_calls.pxd)."""
