"""A site's configuration as this exchange reads it: it alone knows which drivers it has."""

from __future__ import annotations

import os
from collections.abc import Sequence

from config import layers
from drivers import DRIVERS


def load(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> layers.Loaded:
    """Load and check a configuration, the same for `serve` and for every command."""
    return layers.load(path, overrides, drivers=DRIVERS)
