"""What a door sees of the site it leads into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from config.settings import Settings
from pbx.service.turns import Turns
from pbx.service.versions.running import RunningFiles


class Inside(NamedTuple):
    """`turns` has the exchange, the clock, the store and the alarms."""

    folder: Path  # the data directory
    turns: Turns
    settings: Callable[[], Settings]  # those in force
    # the configuration again, asked for by somebody: its problems, [] = done
    reload: Callable[[str], list[dict[str, Any]]]
    files: RunningFiles | None = None  # what a reload would read; None for a site without files
