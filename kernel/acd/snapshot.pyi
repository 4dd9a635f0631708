"""The queue engine's state as bytes, for `kernel.acd.engine` (see acd_snapshot.pxd)."""

from typing import Final

MAGIC: Final[bytes]
VERSION: Final[int]
