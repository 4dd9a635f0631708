"""What must hold in the queue engine, for `kernel.acd.engine` (see acd_check.pxd)."""

from typing import Final

WHY_NOT: Final[tuple[str, ...]]
