"""The call flow as a graph: what leads where, in which language, and what nothing leads to.

A node is written as a target, `queue:sales`. Steps are of two kinds: those a call goes by itself
(overflow, otherwise), and those a caller chooses with a key.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import msgspec

from config.lines import Path
from config.problems import Finding
from config.settings import Settings

KINDS = ("queue", "menu", "group")
ITSELF = {"queue": "overflow", "menu": "otherwise", "group": "otherwise"}
CHOSEN = {"queue": "exit_keys", "menu": "keys"}


class Step(msgspec.Struct, frozen=True):
    """A setting that leads a call to `target`, and the language the caller then hears."""

    path: Path
    target: str
    language: str


def own_next(settings: Settings, node: str) -> str:
    """Where a call goes on from a queue, menu or group by itself; nothing if nowhere."""
    kind, _, name = node.partition(":")
    here = getattr(settings, kind).get(name) if kind in KINDS else None
    return str(getattr(here, ITSELF[kind])) if here is not None else ""


def steps_from(settings: Settings, node: str) -> Iterator[tuple[Path, str]]:
    """Every setting of a queue, menu or group that leads on, and where it leads."""
    kind, _, name = node.partition(":")
    here = getattr(settings, kind).get(name) if kind in KINDS else None
    if here is None:
        return
    keys = getattr(here, CHOSEN[kind]) if kind in CHOSEN else {}
    for key, target in keys.items():
        yield (kind, name, CHOSEN[kind], key), target
    onward = getattr(here, ITSELF[kind])
    if onward:
        yield (kind, name, ITSELF[kind]), onward


def walk(settings: Settings) -> list[Step]:
    """Every step that a call can take, once for each language it can be taken in."""
    steps: list[Step] = []
    waiting = deque(
        Step(("route", index, "to"), route.to, route.language or settings.site.language)
        for index, route in enumerate(settings.route)
    )
    seen = set()
    while waiting:
        step = waiting.popleft()
        steps.append(step)
        language = language_at(settings, step)
        if (step.target, language) in seen:
            continue
        seen.add((step.target, language))
        waiting += (
            Step(path, target, language) for path, target in steps_from(settings, step.target)
        )
    return steps


def language_at(settings: Settings, step: Step) -> str:
    """The language a caller hears where a step has led: a menu may have its own."""
    kind, _, name = step.target.partition(":")
    menu = settings.menu.get(name) if kind == "menu" else None
    return menu.language if menu is not None and menu.language else step.language


def below(settings: Settings, node: str) -> set[str]:
    """Everything that a call at `node` can come to, by itself or by keys."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        for _, target in steps_from(settings, waiting.pop()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def check_reached(settings: Settings) -> Iterator[Finding]:
    """Something leads to every queue, menu and group."""
    reached = {step.target for step in walk(settings)}
    for kind in KINDS:
        for name in getattr(settings, kind):
            if f"{kind}:{name}" not in reached:
                yield Finding((kind, name), f"nothing leads to this {kind}", is_error=False)


def check_loops(settings: Settings) -> Iterator[Finding]:
    """No call is sent round in a circle without anybody's doing."""
    done: set[str] = set()
    for start in _nodes(settings):
        trail: list[str] = []
        at = start
        while at and at not in done and at not in trail:
            trail.append(at)
            at = own_next(settings, at)
        if at in trail:
            circle = [*trail[trail.index(at) :], at]
            kind, _, name = at.partition(":")
            what = f"leads round in a circle: {' -> '.join(circle)}"
            yield Finding((kind, name, ITSELF[kind]), what)
        done.update(trail)


def check_returns(settings: Settings) -> Iterator[Finding]:
    """Who has waited in vain is not asked again what the menu asked; no key leads to itself."""
    for node in _nodes(settings):
        kind, _, name = node.partition(":")
        onward = own_next(settings, node)
        asks_again = kind != "menu" and onward.startswith("menu:") and onward != node
        if asks_again and node in below(settings, onward) and not _is_circle(settings, node):
            what = f'leads back to the menu "{onward[5:]}", which led here'
            yield Finding((kind, name, ITSELF[kind]), what, is_error=False)
        for path, target in steps_from(settings, node):
            if target == node and path[2] == CHOSEN.get(kind):
                yield Finding(path, f"leads back to this {kind}", is_error=False)


def check_ways_out(settings: Settings) -> Iterator[Finding]:
    """A caller in a menu can come to something else than menus."""
    for name, menu in settings.menu.items():
        onward = below(settings, f"menu:{name}")
        if menu.keys and all(target.startswith("menu:") for target in onward):
            what = "leads to menus only: no key reaches anybody"
            yield Finding(("menu", name), what, is_error=False)


def _is_circle(settings: Settings, node: str) -> bool:
    """Whether a call comes back to `node` by itself."""
    seen: set[str] = set()
    at = own_next(settings, node)
    while at and at not in seen:
        seen.add(at)
        at = own_next(settings, at)
    return node in seen


def _nodes(settings: Settings) -> Iterable[str]:
    for kind in KINDS:
        yield from (f"{kind}:{name}" for name in getattr(settings, kind))


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_reached,
    check_loops,
    check_returns,
    check_ways_out,
)
