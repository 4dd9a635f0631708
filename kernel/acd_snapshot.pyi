"""The queue engine's state as bytes, for `kernel.acd` (see acd_snapshot.pxd)."""

from typing import Final

MAGIC: Final[bytes]
VERSION: Final[int]
