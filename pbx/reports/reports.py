"""Every report by name: what makes it, and which are shown together."""

from __future__ import annotations

import importlib

import msgspec

from pbx.reports.asked import Asked, Rows
from pbx.reports.report import Report

# Modules, each with a function of the report's name: loaded when asked for, as some want numpy.
REPORTS = {
    "intervals": "pbx.reports.intervals",
    "queues": "pbx.reports.queues",
    "agents": "pbx.reports.agents",
    "pauses": "pbx.reports.pauses",
    "teams": "pbx.reports.agents",
    "service_levels": "pbx.reports.service_levels",
    "waits": "pbx.reports.waits",
    "abandons": "pbx.reports.abandons",
    "repeat": "pbx.reports.repeat",
    "menus": "pbx.reports.menus",
    "trunks": "pbx.reports.trunks",
    "voice": "pbx.reports.voice",
    "outgoing": "pbx.reports.outgoing",
    "outgoing_times": "pbx.reports.outgoing",
    "costs": "pbx.reports.costs",
    "compare": "pbx.reports.compare",
    "figures": "pbx.reports.figures",
}
# Several under one name, one after another, for print: their rows in time are days.
BUNDLES = {
    "monthly": (
        "intervals", "queues", "service_levels", "waits", "agents", "teams", "pauses", "repeat",
        "menus", "outgoing", "trunks", "voice", "costs", "compare",
    ),
}  # fmt: skip


def made(name: str, asked: Asked, *, rows: Rows) -> tuple[Report, ...]:
    """The report of that name, or all of a bundle. Raises KeyError where there is neither."""
    if name in BUNDLES:
        by_day = msgspec.structs.replace(asked, by="day")
        return tuple(_made(each, by_day, rows=rows) for each in BUNDLES[name])
    return (_made(name, asked, rows=rows),)


def _made(name: str, asked: Asked, *, rows: Rows) -> Report:
    report: Report = getattr(importlib.import_module(REPORTS[name]), name)(asked, rows)
    return report
