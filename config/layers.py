"""The configuration from its layers: defaults, pbx.toml, conf.d/*.toml by name, command line.

A later layer wins key by key; a list replaces a list, but the `[[route]]` of each file are added
to those before. A relative path in a file is meant from that file's folder.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from config.checks import check, check_drivers
from config.faults import faults, mended
from config.lines import Path
from config.not_yet import NOT_YET, REFUSED, not_served
from config.problems import Finding, Problem, where
from config.settings import Settings
from config.sources import Source, Unreadable, parsed, read_file, read_overrides

DEFAULTS = "defaults"
PASSWORD_MAX = 1024


class Loaded(msgspec.Struct, frozen=True):
    """What came of loading: `settings` is None where there is an error among `problems`."""

    settings: Settings | None
    problems: tuple[Problem, ...]
    sources: tuple[Source, ...]

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep this configuration from being used."""
        return [problem for problem in self.problems if problem.is_error]

    @property
    def warnings(self) -> list[Problem]:
        """The problems that do not."""
        return [problem for problem in self.problems if not problem.is_error]

    def origin(self, path: Path) -> str:
        """The layer that set the value at `path`: a file, `command line` or `defaults`."""
        sources = (each for each in reversed(self.sources) if each.has(path))
        return next((each.file for each in sources), DEFAULTS)


def load(
    path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    *,
    not_yet: Mapping[str, str] = NOT_YET,
    drivers: Collection[str] = (),
    files: Mapping[str, bytes] | None = None,
) -> Loaded:
    """Load the file at `path`, the conf.d beside it and the `key=value` of the command line.

    Never raises for what a person wrote: everything wrong, in all layers at once, is in
    `Loaded.problems`, by file and line. `not_yet` names what this exchange does not serve;
    `drivers` those drivers of trunks that it does (none: they are not looked at). With `files`,
    lowest layer first, nothing is read but passwords: they are what would stand there.
    """
    file = os.fspath(path)
    sources, lost = _read_files(file) if files is None else parsed_files(files)
    source, wrong = read_overrides(overrides, sum(each.routes for each in sources))
    sources.append(source)
    data = merged(sources)
    findings = list(_read_passwords(data))
    settings, faulty = _converted(data)
    findings += faulty
    if settings is not None and not lost:  # what a lost file defines would be missed everywhere
        findings += _consistent(settings, faulty)
        findings += not_served(data, not_yet)
        findings += not_served(data, REFUSED, is_error=True)
        findings += check_drivers(settings, drivers)
    placed = [_placed(each, sources, file=file) for each in dict.fromkeys(findings)]
    problems = [*lost, *wrong, *placed]
    order = {source.file: n for n, source in enumerate(sources)}
    problems.sort(key=lambda each: (order.get(each.file, -1), each.line))
    is_good = not any(problem.is_error for problem in problems)
    return Loaded(settings if is_good else None, tuple(problems), tuple(sources))


def _converted(data: dict[str, Any]) -> tuple[Settings | None, list[Finding]]:
    """The settings; where there are faults of form, what they would be without, and the faults."""
    try:
        return msgspec.convert(data, Settings), []
    except msgspec.ValidationError as error:
        found = list(faults(data, Settings)) or [Finding((), str(error))]
    try:
        return msgspec.convert(mended(data, found), Settings), found
    except msgspec.ValidationError:
        return None, found


def _consistent(settings: Settings, faulty: Sequence[Finding]) -> Iterator[Finding]:
    """What does not fit together; beside faults of form only errors that have naught of them."""
    for finding in check(settings):
        if not faulty or (finding.is_error and not any(_touch(finding, each) for each in faulty)):
            yield finding


def _touch(finding: Finding, other: Finding) -> bool:
    """Whether one is about a part of the other."""
    return all(key == its for key, its in zip(finding.path, other.path, strict=False))


def _read_files(file: str) -> tuple[list[Source], list[Problem]]:
    """The files that could be read, lowest layer first, and why the others could not."""
    sources: list[Source] = []
    files, problems = _files(file)
    for each in files:
        try:
            sources.append(read_file(each, sum(source.routes for source in sources)))
        except Unreadable as error:
            problems.append(error.problem)
    return sources, problems


def parsed_files(files: Mapping[str, bytes]) -> tuple[list[Source], list[Problem]]:
    """The layers of files that are given as what they hold, and why some are none."""
    sources: list[Source] = []
    problems: list[Problem] = []
    for file, content in files.items():
        try:
            first_route = sum(source.routes for source in sources)
            sources.append(parsed(file, content, first_route=first_route))
        except Unreadable as error:
            problems.append(error.problem)
    return sources, problems


def _files(file: str) -> tuple[list[str], list[Problem]]:
    """`file` and the conf.d/*.toml beside it, by name."""
    folder = os.path.join(os.path.dirname(file), "conf.d")
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return [file], []
    except OSError as error:
        return [file], [Problem(folder, 0, "", f"cannot read it: {error.strerror}")]
    return [file, *(os.path.join(folder, name) for name in names if name.endswith(".toml"))], []


def merged(sources: Sequence[Source]) -> dict[str, Any]:
    """The tables of all layers as one, a later layer over those before."""
    data: dict[str, Any] = {}
    for source in sources:
        routes = data.get("route")
        _merge(data, source.data)
        if isinstance(routes, list) and isinstance(source.data.get("route"), list):
            data["route"] = routes + source.data["route"]
    return data


def _merge(low: dict[str, Any], high: dict[str, Any]) -> None:
    """Put `high` over `low`, table by table; no table of `high` itself ends up in `low`."""
    for key, value in high.items():
        if not isinstance(value, dict):
            low[key] = value
            continue
        if not isinstance(low.get(key), dict):
            low[key] = {}
        _merge(low[key], value)


def _read_passwords(data: dict[str, Any]) -> Iterator[Finding]:
    """Fill in each `password` that a `password_file` holds."""
    for kind in ("extension", "trunk"):
        named = data.get(kind)
        for name, table in named.items() if isinstance(named, dict) else ():
            if isinstance(table, dict) and isinstance(table.get("password_file"), str):
                yield from _read_password(table, (kind, name, "password_file"))


def _read_password(table: dict[str, Any], path: Path) -> Iterator[Finding]:
    file = table["password_file"]
    if not file:
        return
    if table.get("password"):
        yield Finding(path, "give either password or password_file, not both")
        return
    try:
        with open(file, "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            table["password"] = opened.readline(PASSWORD_MAX).decode().strip()
    except (OSError, ValueError) as error:  # a name with a zero in it, bytes that are no UTF-8
        reason = error.strerror if isinstance(error, OSError) else "this is not UTF-8 text"
        yield Finding(path, f'cannot read "{file}": {reason}')
        return
    if not table["password"]:
        yield Finding(path, f'"{file}" holds no password in its first line')
    if mode & stat.S_IROTH:
        yield Finding(path, f'"{file}" is readable by everybody; chmod 640', is_error=False)


def _placed(finding: Finding, sources: Sequence[Source], *, file: str) -> Problem:
    """The finding with the line of its key, or of the nearest table around it."""
    for depth in range(len(finding.path), 0, -1):
        for source in reversed(sources):
            if source.has(finding.path[:depth]):
                line = source.line(finding.path[:depth])
                return Problem(
                    source.file, line, where(finding.path), finding.what, finding.is_error
                )
    return Problem(file, 0, where(finding.path), finding.what, finding.is_error)
