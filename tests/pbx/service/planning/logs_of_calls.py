"""Call logs for the tests: Master.csv, the bank log, counts, as files of a folder."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from pbx.service.planning.call_rows import BANK_HEADING

MONDAY = date(2026, 8, 3)


def bank_row(day: date | str, arrival: object, **other: object) -> str:
    """A row of the bank log: answered after 10 s, 180 s of talk."""
    fields: dict[str, object] = {
        "type": "PS", "priority": 0, "ivr": 0, "queued": 1, "wait": 10, "outcome": "AGENT",
        "talk": 180, "agent": "A001",
    } | other  # fmt: skip
    return f"{day},{arrival}," + ",".join(map(str, fields.values()))


def bank_log(folder: Path, rows: Iterable[str]) -> Path:
    path = folder / "bank.csv"
    path.write_text("\n".join([BANK_HEADING, *rows]) + "\n")
    return path


def bank_days(folder: Path, days: int, *, per_hour: int = 12) -> Path:
    """Whole days of calls, 8:00 to 18:00, one in ten of them abandoned after 60 s."""
    rows = []
    for n in range(days):
        for call in range(10 * per_hour):
            second = 28_800 + call * 3600 // per_hour
            abandoned = {"outcome": "HANG", "wait": 60, "talk": 0, "agent": ""}
            rows.append(
                bank_row(MONDAY + timedelta(n), second, **(abandoned if not call % 10 else {}))
            )
    return bank_log(folder, rows)  # fmt: skip


def bank_week(folder: Path, weeks: int) -> Path:
    """Weeks with a busy Monday, a short Saturday and a closed Sunday, up to a Friday that is busier
    than others; days above and below, and more calls around noon."""
    rows = []
    days = 7 * weeks - 2
    for n in range(days):
        level = 1.3 if n == days - 1 else 0.9 + n * 7 % 5 * 0.05
        for hour in range(8, 14 if n % 7 == 5 else 18):
            usual = (40, 32, 30, 30, 34, 16, 0)[n % 7] + (8 if 10 <= hour < 12 else 0)
            calls = round(usual * level) if n % 7 < 6 else 0
            for call in range(calls):
                ends: dict[str, object] = {"talk": 150 + call % 7 * 20}
                if not call % 12:
                    ends = {"outcome": "HANG", "wait": 75, "talk": 0, "agent": ""}
                second = hour * 3600 + call * 3600 // calls
                rows.append(bank_row(MONDAY + timedelta(n), second, **ends))
    return bank_log(folder, rows)


def cdr_row(
    start: str,
    *,
    app: str = "Queue",
    agent: str = "Agent/2001-00000007",
    disposition: str = "ANSWERED",
    ids: tuple[str, ...] = (),
) -> str:
    """A row of Master.csv; `ids`: uniqueid, and linkedid where there are 21 columns."""
    unique, *linked = ids or (f"id-{start}",)
    more = ["", linked[0], "1"] if linked else []
    cells = [
        "",
        "5551000",
        "4001",
        "gw",
        '"""Li"" <5551000>"',
        "SIP/gw-00000007",
        agent,
        app,
        "sales",
        start,
        start,
        start,
        "70",
        "70",
        disposition,
        "DOCUMENTATION",
        unique,
        "",
        *more,
    ]
    return ",".join(
        cell if cell.startswith('"') or cell.isdigit() else f'"{cell}"' for cell in cells
    )  # fmt: skip


def text_log(folder: Path, *lines: str, name: str = "Master.csv") -> Path:
    path = folder / name
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    return path
