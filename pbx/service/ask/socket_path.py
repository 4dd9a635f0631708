"""Where a command finds the control socket: told, or from the environment, data or configuration.

Of the configuration only the two keys that matter are read, so that a file with an error in it
does not keep anybody from the exchange that still runs on the one before.
"""

from __future__ import annotations

import argparse
import os
import tomllib
from pathlib import Path
from typing import Any

ENVIRONMENT = "PBX_SOCKET"
CONFIG = Path("/etc/pbx/pbx.toml")
DATA = Path("/var/lib/pbx")
CONTROL, MONITOR = "control.sock", "monitor.sock"  # in the data directory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say which exchange is meant."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--socket", metavar="PATH", type=Path, help=f"or {ENVIRONMENT}")
    group.add_argument("--config", metavar="FILE", type=Path, help=f"default: {CONFIG}")
    group.add_argument("--data", metavar="DIR", type=Path, help="the data directory")


def control_path(options: argparse.Namespace) -> Path:
    """The control socket meant by --socket, --data, --config, the environment, or by default.

    Raises OSError or tomllib.TOMLDecodeError for a configuration that cannot be read.
    """
    told = options.socket or (options.data and options.data / CONTROL)
    if told:
        return Path(told)
    if options.config is None and ENVIRONMENT in os.environ:
        return Path(os.environ[ENVIRONMENT])
    if options.config is None and not CONFIG.exists():
        return DATA / CONTROL
    return _configured(options.config or CONFIG)


def data_path(file: Path) -> Path:
    """The data directory by a configuration: `[site] data`.

    Raises OSError or tomllib.TOMLDecodeError for one that cannot be read.
    """
    return _told(file, "site", key="data") or DATA


def _configured(file: Path) -> Path:
    """The control socket by a configuration: `[api] control`, or in the data directory."""
    return _told(file, "api", key="control") or data_path(file) / CONTROL


def _told(file: Path, table: str, *, key: str) -> Path | None:
    """The path that the last of the layers with this key gives it."""
    told = None
    for layer in [file, *sorted((file.parent / "conf.d").glob("*.toml"))]:
        with layer.open("rb") as text:
            told = _path(tomllib.load(text), table, key=key, file=layer) or told
    return told


def _path(tables: dict[str, Any], table: str, *, key: str, file: Path) -> Path | None:
    """A path in a table; a relative one is meant from its file's folder."""
    found = tables.get(table)
    value = found.get(key) if isinstance(found, dict) else None
    return file.parent / value if value and isinstance(value, str) else None
