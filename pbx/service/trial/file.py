"""Files of call-flow tests: TOML tables to tests and steps, every mistake at once with its line.

    config = "clinic.toml"             # beside this file; a test may name its own, and its own time
    at = "2026-11-23 10:00"            # by the clock of the site
    [[test]]
    name = "Key 1 leads to the reception"
    steps = [{ call = "4001", from = "gateway" }, { press = "1" }, { rings = "201" }]
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

import msgspec

from config.lines import Path
from config.problems import Problem, shown, suggestion, where
from config.sources import Source, Unreadable, read_file
from pbx.service.trial.steps import FLAG, NUMBER, TEXT, TEXTS, VERBS, Step

MONDAY_AT_TEN = datetime.datetime(2026, 11, 23, 10)
SECONDS_MAX = 7 * 86_400
TIME = 'a time such as "2026-11-23 10:00"'
LIST = "a list of texts"

FILE_KEYS = {"config": TEXT, "at": TIME, "test": "[[test]] tables"}
TEST_KEYS = {
    "name": TEXT,
    "config": TEXT,
    "at": TIME,
    "logged_in": LIST,
    "unreachable": LIST,
    "steps": "a list of one step at least",
}


class FlowTest(msgspec.Struct, frozen=True):
    """One test. `logged_in`: these agents (`2001`, or `2001@202` at another phone) and no
    others; None: as the configuration has it."""

    file: str
    line: int
    name: str
    config: File
    at: datetime.datetime
    logged_in: tuple[str, ...] | None
    unreachable: tuple[str, ...]
    steps: tuple[Step, ...]


class WrongFile(Exception):
    """A file that cannot be run; `problems` has all its mistakes."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def read_tests(file: str) -> list[FlowTest]:
    """The tests of a file. Raises `WrongFile`."""
    try:
        source = read_file(file)
    except Unreadable as error:
        raise WrongFile([error.problem]) from None
    problems = [
        Problem(file, source.line(path), _where(path), what) for path, what in _faults(source.data)
    ]
    if problems:
        raise WrongFile(problems)
    return [_test(source, index) for index in range(len(source.data["test"]))]


def _test(source: Source, index: int) -> FlowTest:
    data, test = source.data, source.data["test"][index]
    default = source.file.removesuffix(".test.toml") + ".toml"
    named = test.get("config", data.get("config"))
    folder = File(source.file).parent
    logged_in = test.get("logged_in")
    return FlowTest(
        source.file,
        source.line(("test", index)),
        test["name"],
        folder / named if named else File(default),
        _time(test.get("at", data.get("at", MONDAY_AT_TEN))),
        None if logged_in is None else tuple(logged_in),
        tuple(test.get("unreachable", ())),
        tuple(_step(source, index, index=number) for number in range(len(test["steps"]))),
    )


def _step(source: Source, test: int, *, index: int) -> Step:
    step = source.data["test"][test]["steps"][index]
    verb = next(key for key in step if key in VERBS)
    line = source.line(("test", test, "steps", index))
    more = {key: value for key, value in step.items() if key != verb}
    return Step(line, index + 1, verb, step[verb], more)


# ---- mistakes --------------------------------------------------------------------------------


def _faults(data: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    yield from _table_faults(data, FILE_KEYS, path=())
    tests = data.get("test")
    if not isinstance(tests, list) or not tests:
        yield (), "no [[test]] in this file"
        return
    for index, test in enumerate(tests):
        path: Path = ("test", index)
        if not isinstance(test, dict):
            yield path, f"expected a table, got {shown(test)}"
            continue
        yield from _table_faults(test, TEST_KEYS, path=path)
        for key in ("name", "steps"):
            if key not in test:
                yield path, f'"{key}" is missing'
        steps = test.get("steps")
        for place, step in enumerate(steps if isinstance(steps, list) else ()):
            yield from _step_faults(step, (*path, "steps", place))


def _step_faults(step: Any, path: Path) -> Iterator[tuple[Path, str]]:
    verbs = [key for key in step if key in VERBS] if isinstance(step, dict) else []
    if not isinstance(step, dict):
        yield path, f"expected a table such as {{ press = \"1\" }}, got {shown(step)}"
    elif len(verbs) == 1:
        verb = VERBS[verbs[0]]
        yield from _table_faults(step, {verbs[0]: verb.kind, **verb.more}, path=path)
        if verb.needs and not any(key in step for key in verb.needs):
            needed = " or ".join(f'"{key}"' for key in verb.needs)
            yield path, f'"{verbs[0]}" needs {needed}'
    elif verbs:
        yield path, f"{' and '.join(verbs)} are two steps"
    else:
        hint = next(filter(None, (suggestion(key, VERBS) for key in step)), "")
        yield path, f"no step: expected one of {' '.join(VERBS)}{hint}"


def _table_faults(
    table: dict[str, Any], kinds: dict[str, str], *, path: Path
) -> Iterator[tuple[Path, str]]:
    for key, value in table.items():
        kind = kinds.get(key)
        if kind is None:
            yield (*path, key), f"unknown key{suggestion(key, kinds)}"
        elif not _is_a(kind, value):
            yield (*path, key), f"expected {kind}, got {shown(value)}"


def _is_a(kind: str, value: Any) -> bool:
    if kind == TIME:
        return _is_time(value)
    if kind == NUMBER:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and 0 <= value <= SECONDS_MAX
    if kind == FLAG:
        return isinstance(value, bool)
    if kind == LIST or (kind == TEXTS and isinstance(value, list)):
        is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return is_list and (kind == LIST or bool(value))
    if kind in (TEXT, TEXTS):
        return isinstance(value, str) and bool(value)
    return isinstance(value, list) and bool(value)


def _is_time(value: Any) -> bool:
    try:
        return _time(value).tzinfo is None
    except (TypeError, ValueError):
        return False


def _time(value: Any) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    return datetime.datetime.fromisoformat(value)


def _where(path: Path) -> str:
    """A path in words; a single one of the steps is a step."""
    is_step = len(path) > 3
    return where(tuple("step" if is_step and key == "steps" else key for key in path))
