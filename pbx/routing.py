"""The dial plan: a called number and where it comes from, to a destination. First match wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from config.settings import Route, Settings

SEPARATORS = str.maketrans("", "", "-.() /")


class Destination(msgspec.Struct, frozen=True):
    """Where a call goes: `kind` is queue extension trunk menu announce … or `none` (404)."""

    kind: str
    name: str = ""
    number: str = ""  # what a trunk shall dial
    route: int = -1  # the route's place in the file, for whoever asks why
    language: str = ""  # that callers hear, "" = the site's
    credit_ms: int = 0  # callers stand in queues as if they had waited so much longer


NOWHERE = Destination("none")


def dialled(number: str) -> str:
    """A called number as routes see it: without parameters and separators, `+` kept."""
    return number.partition(";")[0].translate(SEPARATORS)


def matches(pattern: str | Sequence[str], number: str) -> bool:
    """Whether a route's `called` fits: a number, a list, `9*` a prefix, `*` anything."""
    if not isinstance(pattern, str):
        return any(matches(each, number) for each in pattern)
    if pattern.endswith("*"):
        return number.startswith(pattern[:-1])
    return number == pattern


def comes_from(route: Route, source: str) -> bool:
    """Whether a route serves a source (`trunk:NAME` or `extension:NUMBER`)."""
    if route.from_ == "any":
        return True
    if route.from_ == "extensions":
        return source.startswith("extension:")
    return source == "trunk:" + route.from_


def parse(text: str, number: str = "") -> Destination:
    """A destination as configuration writes it: `queue:sales`, `trunk:a,b`, `hangup`."""
    kind, _, name = text.partition(":")
    return Destination(kind, name, number)


def route(
    settings: Settings, source: str, *, called: str, is_open: Callable[[str], bool]
) -> Destination:
    """Where a call from `source` to `called` goes; extensions reach each other without a route.

    `is_open` says whether opening hours are open now: a route whose hours are closed does not
    match."""
    number = dialled(called)
    for place, each in enumerate(settings.route):
        if not (comes_from(each, source) and matches(each.called, number)):
            continue
        if not each.hours or is_open(each.hours):
            kind, _, name = each.to.partition(":")
            number = each.prepend + number[each.strip :]
            return Destination(kind, name, number, place, each.language, each.credit_ms)
    if source.startswith("extension:") and number in settings.extension:
        return Destination("extension", number)
    return NOWHERE
