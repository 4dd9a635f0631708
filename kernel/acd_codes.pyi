"""The queue engine's codes by name; `kernel.acd` exports them."""
