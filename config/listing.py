"""The configuration in force, as lines: each setting with its value and the layer it is from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from config.kinds import SECRETS
from config.layers import DEFAULTS, Loaded
from config.lines import Path
from config.settings import Settings


def explain(loaded: Loaded) -> list[str]:
    """`key = value  (layer)` for every setting, as TOML; no secret is shown.

    Empty where the configuration has errors: nothing is in force then.
    """
    if loaded.settings is None:
        return []
    return [
        f"{dotted(path)} = {_toml(value, path)}  ({_layer(loaded, path)})"
        for path, value in _leaves(loaded.settings, ())
    ]


def changes(old: Settings, new: Settings) -> list[str]:
    """`key: old -> new` for every setting that differs; no secret is shown."""
    before, after = dict(_leaves(old, ())), dict(_leaves(new, ()))
    lines = []
    for path in dict.fromkeys([*before, *after]):
        if before.get(path) != after.get(path):
            texts = (
                _toml(each[path], path) if path in each else "none" for each in (before, after)
            )
            lines.append(f"{dotted(path)}: {' -> '.join(texts)}")
    return lines


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            yield from _leaves(getattr(value, field.name), (*path, field.encode_name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    elif value is not None:
        yield path, value


def _layer(loaded: Loaded, path: Path) -> str:
    layer = loaded.origin(path)
    if path[-1] == "password" and layer == DEFAULTS:
        return loaded.origin((*path[:-1], "password_file"))
    return layer


def dotted(path: Path) -> str:
    """A path as a person writes it: `queue.sales.offer_s`, `route[1].to`; items count from 1, as
    in messages."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key + 1}]"
            continue
        is_bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
        text += f".{key}" if is_bare else f".{json.dumps(key, ensure_ascii=False)}"
    return text.removeprefix(".")


def _toml(value: Any, path: Path = ()) -> str:
    if SECRETS.intersection(path[-1:]):
        return '"***"' if value else '""'
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)
