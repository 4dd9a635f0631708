"""Reports as JSON, the same as the socket's `report.run` gives them.

    {"reports": [{
      "name": "queues", "title": "Queues", "title_zh": "队列", "first": "2026-11-23",
      "last": "2026-11-29", "made": 1764500000.0, "seq": 4711, "timezone": "Europe/Berlin",
      "currency": "EUR",
      "columns": [{"name": "queue", "title": "Queue", "title_zh": "队列", "unit": "text",
                   "formula": ""}, ...],
      "rows": [["sales", 12, 0.8], ...], "totals": [null, 12, 0.8],
      "charts": [{"x": "queue", "bars": ["offered"], "lines": []}],
      "notes": [{"en": "...", "zh": "..."}]}]}

A row is an array with a value for each column; `totals` is one or null. Units are those of
`pbx/reports/report.py`, values are as they were counted: seconds, shares of one, epoch seconds.
Both languages are there always. A file is one line; `report.run` gives the object of one report.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pbx.reports.report import Language, Report

REPLACED = dict.fromkeys(range(55296, 57344), "�")  # half of a sign is none in UTF-8


def write(reports: Sequence[Report], _language: Language) -> bytes:
    """The file, whatever the language."""
    told = {"reports": [as_json(report) for report in reports]}
    try:
        return msgspec.json.encode(told) + b"\n"
    except UnicodeEncodeError:
        return msgspec.json.encode(_whole(told)) + b"\n"


def as_json(report: Report) -> dict[str, object]:
    """A report as an object of JSON, for a file or the socket."""
    told: dict[str, object] = {
        name: getattr(report, name) for name in report.__struct_fields__ if name != "notes"
    }
    return told | {"notes": [{"en": english, "zh": chinese} for english, chinese in report.notes]}


def _whole(value: object) -> object:
    """The same without halves of signs."""
    plain = msgspec.to_builtins(value)
    if isinstance(plain, str):
        return plain.translate(REPLACED)
    if isinstance(plain, dict):
        return {key: _whole(each) for key, each in plain.items()}
    return [_whole(each) for each in plain] if isinstance(plain, list | tuple) else plain
