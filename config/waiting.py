"""Checks of where callers choose and wait: menus, queues, ring groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from config.call_flow import target_faults
from config.lines import Path
from config.problems import Finding, suggestion
from config.settings import Menu, Queue, Settings

OPTIONS_MAX = 3
DEPTH_MAX = 2
BUSY_S_MAX = 60  # who has waited a minute is to be told
ANNOUNCEMENT_S = 10  # the position and the wait take so long to say, with a breath after it

_KEY = re.compile(r"[0-9*#]\Z")


def check_queues(settings: Settings) -> Iterator[Finding]:
    """Overflow and exit keys lead somewhere, and nobody waits for ever or is told too late."""
    for name, queue in settings.queue.items():
        path = ("queue", name)
        if queue.overflow:
            yield from target_faults(settings, queue.overflow, path=(*path, "overflow"))
        elif not queue.max_wait_s:
            what = 'no end and no "overflow": a caller may wait for ever'
            yield Finding((*path, "max_wait_s"), what, is_error=False)
        for key, text in queue.exit_keys.items():
            yield from _key_faults(key, (*path, "exit_keys", key))
            if text != "callback":
                yield from target_faults(settings, text, path=(*path, "exit_keys", key))
        yield from _too_late(queue, path)


def check_menus(settings: Settings) -> Iterator[Finding]:
    """Keys lead somewhere, silence too, and people can keep the options in mind."""
    for name, menu in settings.menu.items():
        path = ("menu", name)
        for key, text in menu.keys.items():
            yield from _key_faults(key, (*path, "keys", key))
            yield from target_faults(settings, text, path=(*path, "keys", key))
        if menu.otherwise:
            yield from target_faults(settings, menu.otherwise, path=(*path, "otherwise"))
        else:
            what = 'no "otherwise": a caller who presses nothing is cut off'
            yield Finding(path, what, is_error=False)
        yield from _doubtful_options(settings, name, menu=menu)


def check_groups(settings: Settings) -> Iterator[Finding]:
    """Ring groups have members, and somewhere to go when none answers."""
    for name, group in settings.group.items():
        path = ("group", name)
        if not group.members:
            yield Finding(path, "no members")
        for index, number in enumerate(group.members):
            here = (*path, "members", index)
            if number not in settings.extension:
                hint = suggestion(number, settings.extension)
                yield Finding(here, f'no extension "{number}"{hint}')
            elif number in group.members[:index]:
                yield Finding(here, f'"{number}" stands here twice', is_error=False)
        if group.otherwise:
            yield from target_faults(settings, group.otherwise, path=(*path, "otherwise"))


def _too_late(queue: Queue, path: Path) -> Iterator[Finding]:
    """What comes too late while a caller waits, or too often to end."""
    end_s = queue.max_wait_s
    if end_s and queue.offer_s >= end_s:
        what = f"the first phone alone rings for {queue.offer_s:g} s"
        yield Finding((*path, "max_wait_s"), what, is_error=False)
    if end_s and queue.busy_after_s >= end_s:
        what = f"never heard: a caller waits {end_s:g} s at most"
        yield Finding((*path, "busy_after_s"), what, is_error=False)
    elif queue.busy_after_s > BUSY_S_MAX:
        what = f"a caller is to be told after {BUSY_S_MAX} s that all agents are busy"
        yield Finding((*path, "busy_after_s"), what, is_error=False)
    announce = queue.announce
    if (announce.position or announce.wait) and announce.every_s < ANNOUNCEMENT_S:
        what = f"said again before it has ended: it takes about {ANNOUNCEMENT_S} s"
        yield Finding((*path, "announce", "every_s"), what, is_error=False)
    for index, step in enumerate(queue.relax):
        if end_s and step.after_s >= end_s:
            what = f"never comes: a caller waits {end_s:g} s at most"
            yield Finding((*path, "relax", index, "after_s"), what, is_error=False)


def _doubtful_options(settings: Settings, name: str, *, menu: Menu) -> Iterator[Finding]:
    path = ("menu", name)
    if menu.keys and not menu.prompt:
        yield Finding(path, "no prompt: callers do not hear what to press", is_error=False)
    if len(menu.keys) > OPTIONS_MAX:
        what = f"{len(menu.keys)} options; callers keep {OPTIONS_MAX} in mind"
        yield Finding((*path, "keys"), what, is_error=False)
    if _depth(settings, name, above=()) > DEPTH_MAX:
        what = f"more than {DEPTH_MAX} menus one below the other"
        yield Finding(path, what, is_error=False)


def _key_faults(key: str, path: Path) -> Iterator[Finding]:
    if not _KEY.match(key):
        yield Finding(path, f'a key is one of 0 to 9, * and #, got "{key}"')


def _depth(settings: Settings, name: str, *, above: tuple[str, ...]) -> int:
    """How many menus lie one below the other from this one on."""
    if name in above or name not in settings.menu or len(above) > DEPTH_MAX:
        return 0
    below = [text[5:] for text in settings.menu[name].keys.values() if text.startswith("menu:")]
    return 1 + max((_depth(settings, each, above=(*above, name)) for each in below), default=0)


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_queues,
    check_menus,
    check_groups,
)
