"""`pbx test FILE …`: call-flow tests in virtual time, from TOML files of steps."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec

from config.problems import Problem
from config.settings import Settings
from pbx.service.exit_codes import DONE, FAILED, WRONG
from pbx.service.site_file import load
from pbx.service.stdout import print_json
from pbx.service.trial.file import FlowTest, WrongFile, read_tests
from pbx.service.trial.run import Result, run_test
from pbx.service.trial.trail import clock


def arguments(parser: argparse.ArgumentParser) -> None:
    """The files and the form."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="clinic.test.toml …")
    parser.add_argument("--json", action="store_true", help="JSON instead of lines")


def run(options: argparse.Namespace) -> int:
    """Run every test of the files; a file that cannot be read, or its site, is wrong usage."""
    tests: list[FlowTest] = []
    problems: list[Problem] = []
    for file in options.files:
        try:
            tests += read_tests(file)
        except WrongFile as wrong:
            problems += wrong.problems
    sites: dict[Path, Settings] = {}
    for config in dict.fromkeys(test.config for test in tests):
        loaded = load(str(config))
        problems += loaded.errors
        if loaded.settings is not None:
            sites[config] = loaded.settings
    if problems:
        return _wrong(problems, options.json)
    results = [run_test(test, sites[test.config]) for test in tests]
    failed = sum(bool(result.fault) for result in results)
    if options.json:
        print_json({"ok": not failed, "tests": msgspec.to_builtins(results)})
    else:
        for result in results:
            print("\n".join(_lines(result)))
        print(f"{len(results)} tests, {failed} failed")
    return FAILED if failed else DONE


def _wrong(problems: list[Problem], as_json: bool) -> int:
    if as_json:
        print_json({"ok": False, "problems": msgspec.to_builtins(problems)})
    else:
        print("\n".join(map(str, problems)))
    return WRONG


def _lines(result: Result) -> Iterator[str]:
    yield f"{'FAILED' if result.fault else 'ok':6}  {clock(result.took_ms):>9}  {result.name}"
    if result.fault:
        step = f"step {result.step}: " if result.step else ""
        yield f"{result.file}:{result.line}: {step}{result.fault}"
        yield from (f"    {line}" for line in result.trail)
