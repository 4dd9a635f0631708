"""A site's configuration as this exchange reads it: it alone knows which drivers it has."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from config import layers
from drivers import DRIVERS


def load(
    path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    *,
    files: Mapping[str, bytes] | None = None,
) -> layers.Loaded:
    """Load and check a configuration, the same for `serve` and for every command; with `files`
    what they hold, as if it stood there."""
    return layers.load(path, overrides, drivers=DRIVERS, files=files)
