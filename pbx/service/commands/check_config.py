"""`pbx check-config FILE`: everything wrong with a configuration at once, by file and line."""

from __future__ import annotations

import argparse

import msgspec

from config.listing import explain
from pbx.service.exit_codes import DONE, WRONG
from pbx.service.site_file import load
from pbx.service.stdout import print_json


def arguments(parser: argparse.ArgumentParser) -> None:
    """The file and the form."""
    parser.add_argument("file", metavar="FILE", help="pbx.toml; conf.d/*.toml beside it count too")
    parser.add_argument("--values", action="store_true", help="also each value and its layer")
    parser.add_argument("--json", action="store_true", help="JSON instead of lines")


def run(options: argparse.Namespace) -> int:
    """Print the problems; warnings alone are no failure."""
    loaded = load(options.file)
    errors = len(loaded.errors)
    if options.json:
        print_json({"ok": not errors, "problems": msgspec.to_builtins(loaded.problems)})
    else:
        for line in [*(explain(loaded) if options.values else ()), *loaded.problems]:
            print(line)
        print(f"{options.file}: {errors} errors, {len(loaded.warnings)} warnings")
    return WRONG if errors else DONE
