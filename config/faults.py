"""Every fault of form in the raw tables: unknown keys, missing keys, values of a wrong kind.

Asked only when the quick conversion has failed: msgspec stops at the first fault and hides the
names of tables, so each value is tried by itself against the kind its struct declares.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta

from config.lines import Path
from config.problems import NAMED, Finding, shown, suggestion

_REQUIRED = {"to": "hangup"}
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def faults(value: Any, kind: Any, *, path: Path = ()) -> Iterator[Finding]:
    """What keeps `value` from being of this kind: structs, tables and lists item by item."""
    kind = _choose(kind, value)
    origin = get_origin(kind) or kind
    if isinstance(value, dict) and isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        yield from _struct_faults(value, origin, path=path)
    elif isinstance(value, dict) and origin is dict:
        for key, item in value.items():
            yield from faults(item, get_args(kind)[1], path=(*path, key))
    elif isinstance(value, list) and origin is tuple:
        yield from _list_faults(value, get_args(kind), path=path)
    else:
        yield from _leaf_faults(value, kind, path=path)


def field_kind(path: Path, kind: Any) -> Any:
    """The kind declared for the value at `path` below a struct or table; None if there is none."""
    for key in path:
        kind = _choose(kind, {})
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            fields = msgspec.structs.fields(kind)
            kind = next((each.type for each in fields if each.encode_name == key), None)
        else:
            kind = get_args(kind)[1] if get_origin(kind) is dict else None
    return kind


def mended(data: dict[str, Any], findings: Iterable[Finding]) -> dict[str, Any]:
    """A copy of the raw tables without what the faults name: defaults stand there instead.

    It serves to look for the other mistakes at the same time, never to be used.
    """
    copy: dict[str, Any] = _copied(data)
    for finding in findings:
        _mend(copy, finding.path)
    return copy


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _mend(data: Any, path: tuple[Any, ...]) -> None:
    parent = data
    for key in path[:-1]:
        if not isinstance(parent, dict | list):
            return
        parent = parent[key] if isinstance(parent, list) else parent.get(key)
    last: Any = path[-1] if path else ""
    if isinstance(parent, list) and path[0] == "route" and len(path) == 2:
        parent[last] = dict(_REQUIRED)
    elif isinstance(parent, list):
        _mend(data, path[:-1])
    elif not isinstance(parent, dict):
        return
    elif last in _REQUIRED:
        parent[last] = _REQUIRED[last]
    elif len(path) == 2 and path[0] in NAMED:
        parent[last] = {}
    else:
        parent.pop(last, None)


def _struct_faults(value: dict[str, Any], kind: type, *, path: Path) -> Iterator[Finding]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key, item in value.items():
        if key in fields:
            yield from faults(item, fields[key].type, path=(*path, key))
        else:
            yield Finding((*path, key), f"unknown key{suggestion(key, fields)}")
    for key, field in fields.items():
        if field.required and key not in value:
            yield Finding((*path, key), "is missing")


def _list_faults(value: list[Any], kinds: tuple[Any, ...], *, path: Path) -> Iterator[Finding]:
    if kinds[-1] is ...:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        yield Finding(path, f"expected a list of {len(kinds)}, got {len(value)}")
        return
    for index, item in enumerate(value):
        yield from faults(item, kinds[index], path=(*path, index))


def _leaf_faults(value: Any, kind: Any, *, path: Path) -> Iterator[Finding]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        words = get_args(kind) if get_origin(kind) is Literal else ()
        hint = suggestion(value, words) if isinstance(value, str) else ""
        yield Finding(path, f"expected {_expected(kind, value)}, got {shown(value, path)}{hint}")


def _choose(kind: Any, value: Any) -> Any:
    """Of a union, the member that a value of this shape can only mean."""
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    members = [member for member in get_args(kind) if member is not type(None)]
    if len(members) == 1:
        return members[0]
    lists = [member for member in members if get_origin(member) is tuple]
    return lists[0] if isinstance(value, list) else kind


def _expected(kind: Any, value: Any) -> str:
    origin = get_origin(kind)
    if origin is Annotated:
        plain, meta = get_args(kind)
        if isinstance(value, plain) and meta.description:
            return str(meta.description)
        return f"{_WORDS[plain]}{_bounds(meta)}"
    if origin is Literal:
        words = [word for word in get_args(kind) if word]
        return f"{'one of ' if len(words) > 1 else ''}{', '.join(words)}"
    if origin in (Union, types.UnionType):
        return "text or a list of texts"
    if origin is tuple:
        return "a list"
    return _WORDS.get(kind, "a table")


def _bounds(meta: Meta) -> str:
    low, high = meta.ge, meta.le
    if meta.gt is not None:
        return f" above {meta.gt:g}, at most {high}"
    if low is not None and high is not None:
        return f" from {low} to {high}"
    return f" of {low} or more" if low is not None else ""
