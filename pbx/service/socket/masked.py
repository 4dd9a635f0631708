"""Callers' numbers as those see them who need not know: the last three digits, `…123`.

The one place that masks: a row is changed by the names of its fields, however deep it lies. Short
numbers are of the house, or of a service that anybody may call, and stay.
"""

from __future__ import annotations

import re
from typing import Any

NUMBERS = frozenset({"calling", "called", "caller", "to"})  # a number, or a place by its name
TEXTS = frozenset({"detail", "reason", "text", "why"})  # in which a number may stand
SHORT_MAX = 5  # digits
SHOWN = 3

_SHORT = re.compile(rf"[0-9*#]{{0,{SHORT_MAX}}}")
_LONG = re.compile(rf"\+?[0-9]{{{SHORT_MAX + 1},}}")


def masked(value: Any) -> Any:
    """A result or an event's fields with every caller masked; `value` itself is not changed."""
    if isinstance(value, dict):
        return {field: _field(field, each, of=value) for field, each in value.items()}
    return [masked(each) for each in value] if isinstance(value, list | tuple) else value


def _field(field: str, value: Any, *, of: dict[str, Any]) -> Any:
    if not isinstance(value, str):
        return masked(value)
    if field in NUMBERS:
        return _number(value)
    if field in TEXTS:
        return _LONG.sub(lambda found: _cut(found[0]), value)
    is_callers = field == "name" and "calling" in of  # not an agent's, nor a phone's
    return "…" if is_callers and value else value


def _number(text: str) -> str:
    """A number masked; behind the name of a place (`trunk:NAME:NUMBER`, `queue:NAME`) only what
    is a long number."""
    place, colon, number = text.rpartition(":")
    if colon and not _LONG.fullmatch(number):
        return text
    return text if _SHORT.fullmatch(number) else f"{place}{colon}{_cut(number)}"


def _cut(number: str) -> str:
    return f"…{number[-SHOWN:]}"
