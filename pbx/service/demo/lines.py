"""What the demo says: events as lines a person reads, and the summary at the end.

    09:41:07 queue.entered     a00001-00000007 sales, position 2

offered 12
answered 11
abandoned 1
service_level 0.83
data /tmp/pbx-demo-x1
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from pbx.figures.queue_figures import QUEUE_FIGURES
from pbx.service.printable import printable

Row = Mapping[str, Any]

_COUNTS = ("offered", "answered", "abandoned", "overflowed", "exited", "answered_within")

TEXTS = {
    "call.opened": "{call} {calling} calls {called}",
    "call.menu": "{call} menu {menu}: key {key!r} leads to {to}",
    "call.announced": "{call} hears: {prompt}",
    "call.offered": "{call} {queue} rings at {agent}: {why}",
    "call.offer_ended": "{call} {queue} not taken by {agent}: {reason}",
    "call.answered": "{call} {queue} answered by {agent} after {wait_s:.1f} s",
    "call.talk_ended": "{call} {queue} talk of {talk_s:.0f} s with {agent} ended by {by}",
    "call.transferred": "{call} passed on by {by} to {to}: {outcome}",
    "call.recording": "{call} recording: {action}",
    "call.sound_missed": "{call} no sound from {party}",
    "call.sound_elsewhere": "{call} sound of {party} from {place}, taken={learnt}",
    "call.ended": "{call} {calling} to {called}: {outcome}",
    "queue.entered": "{call} {queue}, position {position}",
    "queue.left": "{call} {queue}: {outcome} after {wait_s:.1f} s",
    "agent.changed": "{agent} is {state}",
    "agent.logged": "{agent} inside={inside} at {extension}",
    "agent.paused": "{agent} paused={paused} {reason}",
    "agent.wrapped_up": "{agent} has done the work after {call}",
    "phone.changed": "{extension} reachable={reachable}",
    "trunk.changed": "{trunk} up={up} {why}",
    "alarm.raised": "{name}: {text}",
}


def readable(event: Row, zone: tzinfo) -> str:
    """An event of the socket as one line; one that is not in the table shows its fields."""
    kind = str(event.get("type", ""))
    try:
        text = TEXTS[kind].format_map(event)
    except (KeyError, ValueError, TypeError):
        shown = (f"{k}={v}" for k, v in event.items() if k not in ("type", "seq", "t"))
        text = " ".join(shown)
    moment = event.get("t")
    clock = f"{datetime.fromtimestamp(moment, zone):%H:%M:%S}" if moment is not None else "-"
    return printable(f"{clock} {kind:17} {' '.join(text.split())}")


def summary(queues: Iterable[Row], data: Path) -> list[str]:
    """The figures of all queues in one, from the rows of `queue.status`; a name and a figure a
    line. The service level is that of all visits that have ended, `-` while there are none."""
    counts: Counter[str] = Counter()
    for row in queues:
        counts.update({name: row["figures"][name] for name in _COUNTS})
    lines = [f"{name} {counts[name]}" for name in ("offered", "answered", "abandoned")]
    level = QUEUE_FIGURES["service_level"].of(counts)
    told = "-" if level is None else f"{level:.2f}"
    return [*lines, f"service_level {told}", f"data {data}"]
