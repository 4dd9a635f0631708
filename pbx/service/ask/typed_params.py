"""Parameters written `key=value`, typed by the JSON Schema of the method they are for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

Schema = dict[str, Any]

KINDS: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def typed_params(words: Sequence[str], schema: Schema) -> dict[str, Any]:
    """The words as parameters; raises ValueError that says which is wrong and what is taken."""
    known = schema.get("properties", {})
    params = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} is not key=value")
        if key not in known:
            raise ValueError(f"no parameter {key!r}; there is {', '.join(known) or 'none'}")
        params[key] = _value(key, text, schema=known[key])
    missing = [key for key in schema.get("required", ()) if key not in params]
    if missing:
        raise ValueError(f"missing: {' '.join(f'{key}=…' for key in missing)}")
    return params


def _value(key: str, text: str, *, schema: Schema) -> Any:
    """One value: text stays text, `a,b` is a list, the rest is read as JSON."""
    kinds = [each["type"] for each in schema.get("anyOf", [schema]) if "type" in each]
    if "string" in kinds:
        return text
    if "array" in kinds and not text.startswith("["):
        items = schema.get("items") or {}
        return [_value(key, item, schema=items) for item in text.split(",") if item]
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if kinds and not any(_is(value, kind) for kind in kinds):
        raise ValueError(f"{key}: expected {' or '.join(kinds)}, got {text!r}")
    return value


def _is(value: object, kind: str) -> bool:
    """True if a value is of a JSON kind; true and false are no numbers."""
    return isinstance(value, KINDS[kind]) and isinstance(value, bool) == (kind == "boolean")
