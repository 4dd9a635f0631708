"""Work items as bytes: see the source."""

from typing import Final

MARK: Final[bytes]
WORKER_ROW: Final[int]
