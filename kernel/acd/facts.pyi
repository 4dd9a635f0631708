"""What the queue engine can be told, for other kernel modules (see acd_facts.pxd)."""
