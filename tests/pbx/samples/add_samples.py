"""Adds to events_v1.json a sample of every fact, note and mark that has none; changes no old one.

    python -m tests.pbx.samples.add_samples

A sample is what the codec wrote on the day the value was born; it must decode for ever.
"""

from __future__ import annotations

import json
import typing
from pathlib import Path
from typing import Any

import msgspec

from pbx import codec, events, notes

SAMPLES = Path(__file__).with_name("events_v1.json")
VALUES: dict[Any, Any] = {
    str: "王小明|é",
    int: (7 << 32) | 9,
    bool: True,
    bytes: b"\x00\xffINVITE",
    tuple[str, ...]: ("sales", "en"),
    tuple[int, ...]: (1, 2),
    tuple[notes.Segment, ...]: (notes.Segment("talk", "sales", "2001", 1, 2, "x"),),
}


def kinds() -> list[type[events.Value]]:
    """Every value that a journal or the record may hold."""
    marks_and_facts = [*typing.get_args(events.Fact), *typing.get_args(codec.Mark)]
    return [*marks_and_facts, *notes.Note.__subclasses__()]


def a_value(kind: type[events.Value]) -> events.Value:
    """A value of that kind, every field filled."""
    hints = typing.get_type_hints(kind)
    return kind(*(VALUES[hints[name]] for name in kind.__struct_fields__))


def as_json(value: Any) -> Any:
    """A field's value as JSON can say it; bytes as hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, notes.Segment):
        return [as_json(getattr(value, name)) for name in value.__struct_fields__]
    return [as_json(each) for each in value] if isinstance(value, tuple) else value


def a_sample(kind: type[events.Value]) -> dict[str, Any]:
    """Tag, bytes on the wire in hexadecimal, and the fields that they mean."""
    value = a_value(kind)
    fields = {name: as_json(each) for name, each in msgspec.structs.asdict(value).items()}
    return {"tag": kind.__name__, "bytes": codec.encode(value).hex(), "fields": fields}


def main() -> None:
    """Write the file anew with the samples that were missing."""
    samples = json.loads(SAMPLES.read_text()) if SAMPLES.exists() else []
    known = {sample["tag"] for sample in samples}
    samples += [a_sample(kind) for kind in kinds() if kind.__name__ not in known]
    lines = ",\n".join(json.dumps(sample, ensure_ascii=False) for sample in samples)
    SAMPLES.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
