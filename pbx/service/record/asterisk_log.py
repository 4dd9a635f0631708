"""Asterisk's two logs, as its tools read them: queue_log from notes, Master.csv from the cdr view.

    queue_log   epoch|callid|queue|Agent/NUMBER|EVENT|…     NONE for what is not there
    Master.csv  the 18 columns; texts in quotes, times local, no time at all if never answered

Formats: Asterisk's "Queue Logs" page and the header of its cdr_csv. Waits and talks are whole
seconds, only RINGNOANSWER has milliseconds. A talk's seconds include what was on hold, as there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

from pbx.notes import (
    AgentLogged,
    AgentPaused,
    Note,
    OfferEnded,
    QueueEntered,
    QueueLeft,
    SiteConfigured,
    TalkEnded,
    TalkStarted,
)
from pbx.service.printable import printable

_TEXT_MAX = 256
_TIME_LENGTH = len("2026-01-31 12:00:00")
CDR_COLUMNS = (  # Asterisk's, in its order
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp",
    "lastdata", "start", "answer", '"end"', "duration", "billsec", "disposition", "amaflags",
    "uniqueid", "userfield",
)  # fmt: skip
_TIMES = (9, 10, 11)  # of these: start, answer, end
UNIQUE_ID = 16  # and the call
_EXITS = {"max_wait": "EXITWITHTIMEOUT", "empty": "EXITEMPTY"}


CdrRow = list[str | int | float | None]


def queue_lines(note: Note) -> str:
    """The lines of queue_log that a note makes, each with its newline; most notes make none."""
    lines = _LINES.get(type(note))
    return lines(note) if lines else ""


def _line(wall_ms: int, *fields: str | int) -> str:
    return f"{wall_ms // 1000}|{'|'.join(map(str, fields))}\n"


def _text(text: str) -> str:
    return printable(text).replace("|", "_")[:_TEXT_MAX]


def _agent(number: str) -> str:
    return f"Agent/{_text(number)}" if number else "NONE"


def _visit(note: OfferEnded | TalkStarted | TalkEnded | QueueLeft) -> str:
    """The call that entered the queue, by which readers put the lines of a visit together."""
    return note.entered_as or note.call


def _entered(note: QueueEntered) -> str:
    place = (note.call, _text(note.queue), "NONE", "ENTERQUEUE")
    return _line(note.wall_ms, *place, "", _text(note.calling), note.position)


def _offer_ended(note: OfferEnded) -> str:
    if note.reason == "withdrawn":
        return ""
    place = (_visit(note), _text(note.queue), _agent(note.agent), "RINGNOANSWER")
    return _line(note.wall_ms, *place, note.ring_ms)


def _talk_started(note: TalkStarted) -> str:
    place = (_visit(note), _text(note.queue), _agent(note.agent), "CONNECT")
    return _line(note.wall_ms, *place, note.wait_ms // 1000, note.call, note.ring_ms // 1000)


def _talk_ended(note: TalkEnded) -> str:
    event: tuple[str, ...] = ("COMPLETECALLER" if note.by == "caller" else "COMPLETEAGENT",)
    if note.by == "transfer" and note.method:
        identifier = note.other if note.method == "bridge" else "Queue"
        event = ("ATTENDEDTRANSFER", note.method.upper(), identifier)
    elif note.by == "transfer":
        event = ("BLINDTRANSFER", _text(note.to), "extensions")
    place = (_visit(note), _text(note.queue), _agent(note.agent), *event)
    return _line(note.wall_ms, *place, note.wait_ms // 1000, note.talk_ms // 1000, note.position)


def _left(note: QueueLeft) -> str:
    if note.outcome == "answered":
        return ""
    if note.outcome == "abandoned":
        event: tuple[str, ...] = ("ABANDON",)
    elif note.outcome == "exited":
        event = ("EXITWITHKEY", _text(note.why.removeprefix("key").strip(" :")))
    else:
        event = (_EXITS.get(note.why, "EXITWITHTIMEOUT"),)
    place = (_visit(note), _text(note.queue), "NONE", *event)
    return _line(note.wall_ms, *place, note.position, note.entered_position, note.wait_ms // 1000)


def _paused(note: AgentPaused) -> str:
    event = "PAUSE" if note.paused else "UNPAUSE"
    return _each_queue(note, event, detail=_text(note.reason))


def _logged(note: AgentLogged) -> str:
    return _each_queue(note, "ADDMEMBER" if note.inside else "REMOVEMEMBER", detail="")


def _each_queue(note: AgentPaused | AgentLogged, event: str, *, detail: str) -> str:
    queues = [_text(queue) for queue in note.queues] or ["NONE"]
    who = _agent(note.agent)
    return "".join(_line(note.wall_ms, "NONE", queue, who, event, detail) for queue in queues)


def _configured(note: SiteConfigured) -> str:
    event = "CONFIGRELOAD" if note.reloaded else "QUEUESTART"
    return _line(note.wall_ms, "NONE", "NONE", "NONE", event, "")


_LINES: dict[type[Note], Callable[[Any], str]] = {
    QueueEntered: _entered,
    OfferEnded: _offer_ended,
    TalkStarted: _talk_started,
    TalkEnded: _talk_ended,
    QueueLeft: _left,
    AgentPaused: _paused,
    AgentLogged: _logged,
    SiteConfigured: _configured,
}


def master_line(row: Sequence[str | int | float | None], zone: tzinfo | None) -> str:
    """The line of Master.csv for a row of the cdr view; times in `zone`, None: the system's."""
    cells = [_quoted(value) if isinstance(value, str) else str(value) for value in row]
    for column in _TIMES:
        cells[column] = _time(row[column], zone)
    return ",".join(cells) + "\n"


def _time(value: Any, zone: tzinfo | None) -> str:
    """Epoch seconds as local time, without the zone's offset; nothing for None."""
    if value is None:
        return ""
    return f'"{str(datetime.fromtimestamp(int(value), zone))[:_TIME_LENGTH]}"'


@lru_cache(maxsize=256)
def _quoted(text: str) -> str:
    """A text in quotes; one that a spreadsheet would take for a formula begins with a '."""
    text = printable(text)[:_TEXT_MAX].replace('"', '""')
    is_formula = text[:1] in ("=", "@", "+", "-") and not text[1:].isdigit()
    return f'"\'{text}"' if is_formula else f'"{text}"'
