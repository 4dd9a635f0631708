"""The queue engine's codes by name; `kernel.acd.engine` exports them."""
