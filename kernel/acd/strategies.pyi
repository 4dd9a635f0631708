"""Queue strategies, for other kernel modules (see strategies.pxd)."""

from typing import Final

STRATEGIES: Final[tuple[str, ...]]
