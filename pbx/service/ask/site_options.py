"""Which site a command reads on the disk: its data directory and its configuration, as told."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

from pbx.service.ask.socket_path import CONFIG, DATA, data_path


class Where(NamedTuple):
    """The data directory, and the configuration if that was told or is in its usual place."""

    data: Path
    config: Path | None


def add_site(parser: argparse.ArgumentParser) -> None:
    """The options that say which site is meant; one is enough."""
    parser.add_argument("--config", metavar="FILE", type=Path, help=f"default: {CONFIG}")
    parser.add_argument("--data", metavar="DIR", type=Path, help="instead of its [site] data")
    parser.set_defaults(socket=None)


def site_told(options: argparse.Namespace) -> Where:
    """The site that the options mean. Raises OSError or tomllib.TOMLDecodeError for a configuration
    that cannot be read and would say where the data is."""
    config: Path | None = options.config
    if config is None and options.data is None and CONFIG.exists():
        config = CONFIG
    if options.data is not None:
        return Where(options.data, config)
    return Where(data_path(config) if config else DATA, config)
