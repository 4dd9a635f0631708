"""`pbx report NAME`: figures of the record, from a day to a year, in the form that is asked for."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from config.settings import Settings
from pbx.reports.asked import Asked, By
from pbx.reports.headed import TITLES
from pbx.reports.report import Report
from pbx.reports.reports import made
from pbx.service import stdout
from pbx.service.commands import site_record
from pbx.service.commands.site_record import Wrong, add_days, add_site, days_of, site_of
from pbx.service.exit_codes import DONE
from pbx.service.reporting.record_reader import moment
from pbx.service.reporting.report_files import FORMATS, write_file, written
from pbx.service.text_table import text_table

NAMES = ("queue", "agent", "team", "trunk")  # of what may be asked for alone


def arguments(parser: argparse.ArgumentParser) -> None:
    """The report, its days, its filters, its form."""
    about = "without one: their list"
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help=about)
    add_days(parser)
    for name in NAMES:
        parser.add_argument(f"--{name}", default="", help=f"only this {name}")
    parser.add_argument("--by", choices=get_args(By), default="day", help="default: day")
    parser.add_argument("--format", choices=FORMATS, help="default: by --output, or table")
    parser.add_argument("--output", metavar="FILE", type=Path, help="default: standard output")
    parser.add_argument("--language", choices=("en", "zh"), help="default: the site's")
    add_site(parser)


def run(options: argparse.Namespace) -> int:
    """Make the report and write it; returns the exit code."""
    return site_record.answered(_list if not options.name else _report, options)


def _list(options: argparse.Namespace) -> int:
    chinese = (options.language or site_of(options).settings.site.language) == "zh"
    rows = [(name, told[chinese], told[2 + chinese]) for name, told in TITLES.items()]
    print(text_table(("名称", "报表", "说明") if chinese else ("name", "report", "tells"), rows))
    return DONE


def _report(options: argparse.Namespace) -> int:
    form = _form(options)
    site = site_of(options)
    reports = _made(options, site)
    text = written(form, reports, language=options.language or site.settings.site.language)
    if options.output:
        write_file(options.output, text)
    else:
        _print(text, form)
    return DONE


def _made(options: argparse.Namespace, site: site_record.Site) -> tuple[Report, ...]:
    if options.name not in TITLES:
        raise Wrong(f'no report "{options.name}"; fix: one of {", ".join(TITLES)}')
    first, last = days_of(options, site.settings)
    with moment(site.database) as record:
        asked = Asked(
            first=first,
            last=last,
            settings=site.settings,
            now=time.time(),
            heard=record.heard,
            seq=record.seq,
            by=options.by,
            **{name: getattr(options, name) for name in NAMES},
        )
        _check(asked, site.settings)
        return made(options.name, asked, rows=record.rows)


def _check(asked: Asked, settings: Settings) -> None:
    """Names of what there is not are a slip of the finger, but for those of the past."""
    if asked.team and asked.team not in settings.team:
        raise Wrong(f'no team "{asked.team}"; fix: one of {_listed(settings.team)}')


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "[team.NAME], which the configuration does not have"


def _form(options: argparse.Namespace) -> str:
    """The format asked for, else that of the file's name, else the terminal's. Raises Wrong."""
    if options.format or not options.output:
        return options.format or "table"
    suffix = options.output.suffix.lower()
    for name, each in FORMATS.items():
        if each.suffix == suffix:
            return name
    ends = " ".join(each.suffix for each in FORMATS.values())
    raise Wrong(f"{options.output}: no format ends so; fix: --format, or one of {ends}")


def _print(text: bytes, form: str) -> None:
    stream = stdout.ours()
    if not FORMATS[form].is_text and stream.isatty():
        raise Wrong(f"{form} is nothing for a terminal; fix: --output FILE")
    stream.flush()
    with os.fdopen(os.dup(stream.fileno()), "wb") as raw:
        raw.write(text)
