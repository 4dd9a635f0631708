"""Checks of the way a call takes: routes, targets, opening hours, overflow, menus, loops."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from config.forms import parse_dates, parse_opening, parse_target
from config.lines import Path
from config.problems import Finding, suggestion, tried
from config.settings import Menu, Queue, RingGroup, Route, Settings

OPTIONS_MAX = 3
DEPTH_MAX = 2

_PATTERN = re.compile(r"[0-9A-Za-z+*#_]+\Z")
_HOURS: dict[str, Callable[[str], object]] = {
    "open": parse_opening,
    "closed": parse_dates,
    "open_dates": partial(parse_dates, may_have_times=True),
}
_KEY = re.compile(r"[0-9*#]\Z")


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
    seen: dict[str, _Seen] = {}
    for index, route in enumerate(settings.route):
        path = ("route", index)
        yield from _source_faults(settings, route, path)
        yield from _pattern_faults(route, path)
        yield from target_faults(settings, route.to, (*path, "to"), in_route=True)
        if route.hours and route.hours not in settings.hours:
            hint = suggestion(route.hours, settings.hours)
            yield Finding((*path, "hours"), f'no hours "{route.hours}"{hint}')
        yield from _transit_faults(route, path)
        yield from _order_faults(settings, route, path, seen)


def check_trunks_lead_somewhere(settings: Settings) -> Iterator[Finding]:
    """A call from any trunk has a route."""
    sources = {route.from_ for route in settings.route}
    for name in settings.trunk:
        if name not in sources and "any" not in sources:
            yield Finding(("trunk", name), "no route takes the calls of this trunk", is_error=False)


def check_queue_targets(settings: Settings) -> Iterator[Finding]:
    """Overflow and exit keys lead somewhere, and something leads to the queue."""
    reached = _reached(settings)
    for name, queue in settings.queue.items():
        path = ("queue", name)
        if queue.overflow:
            yield from target_faults(settings, queue.overflow, (*path, "overflow"))
        for key, text in queue.exit_keys.items():
            yield from _key_faults(key, (*path, "exit_keys", key))
            if text != "callback":
                yield from target_faults(settings, text, (*path, "exit_keys", key))
        if ("queue", name) not in reached:
            yield Finding(path, "nothing leads to this queue", is_error=False)


def check_menus(settings: Settings) -> Iterator[Finding]:
    """Keys lead somewhere, silence too, and people can keep the options in mind."""
    for name, menu in settings.menu.items():
        path = ("menu", name)
        for key, text in menu.keys.items():
            yield from _key_faults(key, (*path, "keys", key))
            yield from target_faults(settings, text, (*path, "keys", key))
        if menu.otherwise:
            yield from target_faults(settings, menu.otherwise, (*path, "otherwise"))
        else:
            what = 'no "otherwise": a caller who presses nothing is cut off'
            yield Finding(path, what, is_error=False)
        if len(menu.keys) > OPTIONS_MAX:
            what = f"{len(menu.keys)} options; callers keep {OPTIONS_MAX} in mind"
            yield Finding((*path, "keys"), what, is_error=False)
        if _depth(settings, name, ()) > DEPTH_MAX:
            what = f"more than {DEPTH_MAX} menus one below the other"
            yield Finding(path, what, is_error=False)


def check_groups(settings: Settings) -> Iterator[Finding]:
    """Ring groups have members, and somewhere to go when none answers."""
    for name, group in settings.group.items():
        path = ("group", name)
        if not group.members:
            yield Finding(path, "no members")
        for index, number in enumerate(group.members):
            if number not in settings.extension:
                hint = suggestion(number, settings.extension)
                yield Finding((*path, "members", index), f'no extension "{number}"{hint}')
        if group.otherwise:
            yield from target_faults(settings, group.otherwise, (*path, "otherwise"))


def check_hours(settings: Settings) -> Iterator[Finding]:
    """Opening hours and dates can be read."""
    for name, hours in settings.hours.items():
        for key, parse in _HOURS.items():
            for index, text in enumerate(getattr(hours, key)):
                yield from tried(parse, text, ("hours", name, key, index))
        if not hours.open and not hours.open_dates:
            yield Finding(("hours", name), "never open", is_error=False)


def check_loops(settings: Settings) -> Iterator[Finding]:
    """No call is sent round in a circle without anybody's doing."""
    done: set[str] = set()
    for start in _nodes(settings):
        trail: list[str] = []
        at = start
        while at and at not in done and at not in trail:
            trail.append(at)
            at = _next(settings, at)
        if at in trail:
            circle = [*trail[trail.index(at) :], at]
            kind, _, name = at.partition(":")
            key = "overflow" if kind == "queue" else "otherwise"
            yield Finding((kind, name, key), f"leads round in a circle: {' -> '.join(circle)}")
        done.update(trail)


def target_faults(
    settings: Settings, text: str, path: Path, *, in_route: bool = False
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


def _source_faults(settings: Settings, route: Route, path: Path) -> Iterator[Finding]:
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


def _order_faults(
    settings: Settings, route: Route, path: Path, seen: dict[str, _Seen]
) -> Iterator[Finding]:
    """Routes that can never match, and extensions that a route hides."""
    before = [seen[source] for source in ("any", route.from_) if source in seen]
    if route.patterns and all(any(each.covers(p) for each in before) for p in route.patterns):
        what = "never used: the routes before it take all its numbers"
        yield Finding(path, what, is_error=False)
    elif route.from_ in ("any", "extensions"):
        hidden = _hidden(settings, route)
        if hidden:
            what = f"takes the calls to extension {hidden[0]}"
            more = f" and {len(hidden) - 1} more" if hidden[1:] else ""
            yield Finding((*path, "called"), what + more, is_error=False)
    if not route.hours:
        for pattern in route.patterns:
            seen.setdefault(route.from_, _Seen()).add(pattern)


def _hidden(settings: Settings, route: Route) -> list[str]:
    """The extensions whose numbers this route leads elsewhere."""
    hidden: list[str] = []
    for pattern in route.patterns:
        if pattern.endswith("*"):
            hidden += [each for each in settings.extension if each.startswith(pattern[:-1])]
        elif pattern in settings.extension:
            hidden.append(pattern)
    return [number for number in hidden if route.to != f"extension:{number}"]


def _key_faults(key: str, path: Path) -> Iterator[Finding]:
    if not _KEY.match(key):
        yield Finding(path, f'a key is one of 0 to 9, * and #, got "{key}"')


def _targets(settings: Settings) -> Iterator[str]:
    yield from (route.to for route in settings.route)
    for queue in settings.queue.values():
        yield from (queue.overflow, *queue.exit_keys.values())
    for menu in settings.menu.values():
        yield from (menu.otherwise, *menu.keys.values())
    yield from (group.otherwise for group in settings.group.values())


def _reached(settings: Settings) -> set[tuple[str, str]]:
    """(kind, name) of everything that a target names."""
    return {(kind, name) for kind, _, name in (each.partition(":") for each in _targets(settings))}


def _nodes(settings: Settings) -> Iterable[str]:
    for kind in ("queue", "menu", "group"):
        yield from (f"{kind}:{name}" for name in getattr(settings, kind))


def _next(settings: Settings, node: str) -> str:
    """Where a call goes on from a queue, menu or group by itself; nothing if nowhere."""
    kind, _, name = node.partition(":")
    if kind not in ("queue", "menu", "group"):
        return ""
    here: Queue | Menu | RingGroup | None = getattr(settings, kind).get(name)
    if here is None:
        return ""
    return here.overflow if isinstance(here, Queue) else here.otherwise


def _depth(settings: Settings, name: str, above: tuple[str, ...]) -> int:
    """How many menus lie one below the other from this one on."""
    if name in above or name not in settings.menu or len(above) > DEPTH_MAX:
        return 0
    below = [text[5:] for text in settings.menu[name].keys.values() if text.startswith("menu:")]
    return 1 + max((_depth(settings, each, (*above, name)) for each in below), default=0)


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_routes,
    check_trunks_lead_somewhere,
    check_queue_targets,
    check_menus,
    check_groups,
    check_hours,
    check_loops,
)
