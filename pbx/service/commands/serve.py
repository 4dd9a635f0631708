"""`pbx serve --config FILE`: run the exchange in the foreground until SIGTERM."""

from __future__ import annotations

import argparse
from pathlib import Path

from pbx.service.process import serve


def arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration, the data directory, how long running calls may last at the end."""
    parser.add_argument("--config", metavar="FILE", type=Path, required=True)
    parser.add_argument("--data", metavar="DIR", default="", help="instead of [site] data")
    parser.add_argument(
        "--drain", metavar="SECONDS", type=float, default=0, help="for running calls, at SIGTERM"
    )


def run(options: argparse.Namespace) -> int:
    """Serve; returns the exit code."""
    return serve(options.config, data=options.data, drain_s=options.drain)
