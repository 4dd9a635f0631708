"""The configuration of a site in service: read at the start and at each reload, and kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from config import settings as config_settings
from config.layers import Loaded
from config.problems import Problem
from config.settings import Settings
from config.sources import COMMAND_LINE
from pbx.service import site_file
from pbx.service.record.versions import Version


class RunningFiles:
    """The file that `pbx serve` was told, the conf.d beside it, and what its command line sets."""

    def __init__(self, path: Path, overrides: Sequence[str] = ()) -> None:
        self._path = path
        self._overrides = tuple(overrides)
        self._taken: Loaded | None = None

    def read(self) -> Loaded:
        """What is in the files now, with everything wrong with it."""
        return site_file.load(self._path, self._overrides)

    def take(self) -> Settings | list[Problem]:
        """The settings to be put in force, or the errors; warnings are printed."""
        loaded = self.read()
        for warning in loaded.warnings:
            print(warning, file=sys.stderr, flush=True)
        if loaded.settings is None:
            return loaded.errors
        self._taken = loaded
        return loaded.settings

    def version(self, who: str, wall_ms: int) -> Version | None:
        """What was taken last, as it is kept: who asked for it, since when."""
        taken = self._taken
        if taken is None or taken.settings is None:
            return None
        name = config_settings.version(taken.settings)
        return Version(name, wall_ms / 1000, who, self._overrides, files_of(taken))


def files_of(loaded: Loaded) -> dict[str, bytes]:
    """The files of a configuration by their absolute paths, the lowest layer first."""
    return {
        os.path.abspath(source.file): source.content
        for source in loaded.sources
        if source.file != COMMAND_LINE
    }
