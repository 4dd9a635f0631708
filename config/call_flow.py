"""Checks of the dial plan: routes, what they lead to, opening hours, who is left outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from config.forms import DAY_MIN, parse_dates, parse_opening, parse_target
from config.lines import Path
from config.problems import Finding, suggestion, tried
from config.settings import Hours, Route, Settings

WEEK_MIN = 7 * DAY_MIN

_PATTERN = re.compile(r"[0-9A-Za-z+*#_]+\Z")
_HOURS: dict[str, Callable[[str], object]] = {
    "open": parse_opening,
    "closed": parse_dates,
    "open_dates": partial(parse_dates, may_have_times=True),
}


class _Seen:
    """The numbers that earlier routes of one source have taken."""

    def __init__(self) -> None:
        self.numbers: set[str] = set()
        self.prefixes: set[str] = set()

    def add(self, pattern: str) -> None:
        if pattern.endswith("*"):
            self.prefixes.add(pattern[:-1])
        else:
            self.numbers.add(pattern)

    def covers(self, pattern: str) -> bool:
        """Whether every number that fits `pattern` is taken."""
        start = pattern.removesuffix("*")
        if start == pattern and pattern in self.numbers:
            return True
        return any(start[:length] in self.prefixes for length in range(len(start) + 1))


def check_routes(settings: Settings) -> Iterator[Finding]:
    """Routes come from somewhere, lead somewhere and can be reached."""
    seen: dict[tuple[str, str], _Seen] = {}
    for index, route in enumerate(settings.route):
        path = ("route", index)
        yield from _source_faults(settings, route, path=path)
        yield from _pattern_faults(route, path)
        yield from target_faults(settings, route.to, path=(*path, "to"), in_route=True)
        if route.hours and route.hours not in settings.hours:
            hint = suggestion(route.hours, settings.hours)
            yield Finding((*path, "hours"), f'no hours "{route.hours}"{hint}')
        yield from _transit_faults(route, path)
        yield from _trunk_faults(settings, route, path=path)
        yield from _order_faults(settings, route, path=path, seen=seen)


def check_trunks_lead_somewhere(settings: Settings) -> Iterator[Finding]:
    """A call from any trunk has a route."""
    sources = {route.from_ for route in settings.route}
    for name in settings.trunk:
        if name not in sources and "any" not in sources:
            yield Finding(("trunk", name), "no route takes the calls of this trunk", is_error=False)


def check_hours(settings: Settings) -> Iterator[Finding]:
    """Opening hours and dates can be read, and something keeps them."""
    kept = {route.hours for route in settings.route}
    for name, hours in settings.hours.items():
        for key, parse in _HOURS.items():
            for index, text in enumerate(getattr(hours, key)):
                yield from tried(parse, text, path=("hours", name, key, index))
        if not hours.open and not hours.open_dates:
            yield Finding(("hours", name), "never open", is_error=False)
        if name not in kept:
            yield Finding(("hours", name), "no route has these hours", is_error=False)


def check_closed(settings: Settings) -> Iterator[Finding]:
    """A number that has opening hours leads somewhere when they are closed, too."""
    takers: dict[tuple[str, str], list[int]] = {}
    for index, route in enumerate(settings.route):
        for pattern in route.patterns:
            takers.setdefault((route.from_, pattern), []).append(index)
    for index, route in enumerate(settings.route):
        if route.hours not in settings.hours:
            continue
        for pattern in route.patterns:
            if pattern in settings.extension and route.from_ == "extensions":
                continue
            all_takers = [each for key in _covering(route, pattern) for each in takers.get(key, ())]
            hours = [settings.route[each].hours for each in all_takers]
            if max(all_takers) == index and all(hours) and not _fill_the_week(settings, hours):
                what = f'nothing takes "{pattern}" when these are closed: the call fails'
                yield Finding(("route", index, "hours"), what, is_error=False)
                break


def target_faults(
    settings: Settings, text: str, *, path: Path, in_route: bool = False
) -> Iterator[Finding]:
    """What is wrong with a target: its form, or that there is nothing of this name."""
    try:
        target = parse_target(text)
    except ValueError as error:
        yield Finding(path, str(error))
        return
    if target.kind == "trunk" and not in_route:
        yield Finding(path, "only a route can lead to a trunk")
    if target.kind in ("announce", "hangup"):
        return
    known = getattr(settings, target.kind)
    for name in target.names:
        if name not in known:
            yield Finding(path, f'no {target.kind} "{name}"{suggestion(name, known)}')


def _source_faults(settings: Settings, route: Route, *, path: Path) -> Iterator[Finding]:
    known = ("any", "extensions", *settings.trunk)
    if route.from_ not in known:
        hint = suggestion(route.from_, known)
        yield Finding((*path, "from"), f'no trunk "{route.from_}"{hint}')


def _pattern_faults(route: Route, path: Path) -> Iterator[Finding]:
    if not route.patterns:
        yield Finding((*path, "called"), "no number in this list")
    for pattern in route.patterns:
        if not _PATTERN.match(pattern):
            what = f"{pattern!r} fits no number: write it without spaces and separators"
            yield Finding((*path, "called"), what)
        elif len(pattern.rstrip("*")) < route.strip and not pattern.endswith("*"):
            what = f'strips {route.strip} digits of "{pattern}"'
            yield Finding((*path, "strip"), what)


def _transit_faults(route: Route, path: Path) -> Iterator[Finding]:
    to_trunk = route.to.startswith("trunk:")
    if to_trunk and route.from_ != "extensions" and not route.transit:
        what = 'trunk to trunk: say from = "extensions", or transit = true if it is meant'
        yield Finding((*path, "to"), what)


def _trunk_faults(settings: Settings, route: Route, *, path: Path) -> Iterator[Finding]:
    """Trunks that no call can go out by, or that are tried twice; digits for no trunk."""
    if not route.to.startswith("trunk:"):
        for key in ("strip", "prepend"):
            if getattr(route, key):
                what = "changes nothing: it is for numbers dialled on a trunk"
                yield Finding((*path, key), what, is_error=False)
        return
    names = [name.strip() for name in route.to[6:].split(",")]
    for place, name in enumerate(names):
        trunk = settings.trunk.get(name)
        if name in names[:place]:
            yield Finding((*path, "to"), f'trunk "{name}" stands here twice', is_error=False)
        elif trunk and trunk.driver == "sip_gateway" and not trunk.host:
            what = f'trunk "{name}" has no host: no call goes out by it'
            yield Finding((*path, "to"), what, is_error=False)


def _order_faults(
    settings: Settings, route: Route, *, path: Path, seen: dict[tuple[str, str], _Seen]
) -> Iterator[Finding]:
    """Routes that can never match, and extensions that a route hides."""
    code = _code_before(settings, route)
    if code:
        what = f'never used: "{code}" is a code, which comes first'
        yield Finding((*path, "called"), what, is_error=False)
        return
    keys = [(source, hours) for source in ("any", route.from_) for hours in ("", route.hours)]
    before = [seen[key] for key in keys if key in seen]
    if route.patterns and all(any(each.covers(p) for each in before) for p in route.patterns):
        what = "never used: the routes before it take all its numbers"
        yield Finding(path, what, is_error=False)
    elif route.from_ in ("any", "extensions"):
        hidden = _hidden(settings, route)
        if hidden:
            what = f"takes the calls to extension {hidden[0]}"
            more = f" and {len(hidden) - 1} more" if hidden[1:] else ""
            yield Finding((*path, "called"), what + more, is_error=False)
    for pattern in route.patterns:
        seen.setdefault((route.from_, route.hours), _Seen()).add(pattern)


def _code_before(settings: Settings, route: Route) -> str:
    """The code that takes all that this route of the extensions would, if there is one."""
    codes = (getattr(settings.codes, name) for name in settings.codes.__struct_fields__)
    for code in filter(None, codes):
        taken = route.patterns and all(each.startswith(code) for each in route.patterns)
        if taken and route.from_ == "extensions":
            return str(code)
    return ""


def _covering(route: Route, pattern: str) -> Iterator[tuple[str, str]]:
    """(from, called) of all routes that would take whatever this pattern of `route` takes."""
    start = pattern.removesuffix("*")
    patterns = {pattern, *(f"{start[:length]}*" for length in range(len(start) + 1))}
    for source in {"any", route.from_}:
        yield from ((source, each) for each in patterns)


def _fill_the_week(settings: Settings, names: list[str]) -> bool:
    """Whether one of these hours is open at any time of a week without holidays."""
    ranges: list[tuple[int, int]] = []
    for hours in (settings.hours.get(name, Hours()) for name in names):
        try:
            openings = [parse_opening(text) for text in hours.open]
        except ValueError:
            return True  # said elsewhere
        ranges += [
            (week * WEEK_MIN + day * DAY_MIN + start, week * WEEK_MIN + day * DAY_MIN + end)
            for opening in openings
            for day in opening.days
            for start, end in opening.times
            for week in (-1, 0)
        ]
    filled = 0
    for start, end in sorted(ranges):
        if start <= filled < end:
            filled = end
    return filled >= WEEK_MIN


def _hidden(settings: Settings, route: Route) -> list[str]:
    """The extensions whose numbers this route leads elsewhere."""
    hidden: list[str] = []
    for pattern in route.patterns:
        if pattern.endswith("*"):
            hidden += [each for each in settings.extension if each.startswith(pattern[:-1])]
        elif pattern in settings.extension:
            hidden.append(pattern)
    return [number for number in hidden if route.to != f"extension:{number}"]


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_routes,
    check_trunks_lead_somewhere,
    check_hours,
    check_closed,
)
