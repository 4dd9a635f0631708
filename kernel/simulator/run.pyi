"""The events of a simulation, for the simulator (see simulator_run.pxd)."""
