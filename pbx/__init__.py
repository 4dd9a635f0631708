"""The exchange: decides everything, touches nothing; only `pbx.service` does I/O."""

from __future__ import annotations

__version__ = "0.1.0"  # the one place; the package's metadata is made from it
