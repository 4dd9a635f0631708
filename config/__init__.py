"""Every setting, its default, and the layers it may come from; without it nothing starts."""
