"""Queues and agents by name, over the engine's numbers; without it calls reach phones only."""
