"""Reports as one HTML file that needs nothing else: charts are SVG in it, and it prints on A4.

There is no script, and a policy in the page forbids one, as it forbids to load anything. Every text
is escaped; a text is one line, whatever signs are in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from pbx.reports.report import Column, Language, Report, notes_of, title_of
from pbx.service.printable import printable
from pbx.service.reporting.drawing import drawing
from pbx.service.reporting.shown import (
    NUMBERS,
    WORDS,
    heading,
    made,
    period,
    shower,
    totals_shown,
    zone_of,
)
from pbx.service.reporting.svg_chart import svg

WIDE_FROM = 8  # columns; such a report lies on its side on paper
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
LANGUAGE: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}
STYLE = """
body { font: 14px/1.45 system-ui, "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei",
  "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", sans-serif;
  color: #181818; background: #fff; margin: 2em auto; max-width: 1200px; padding: 0 1em }
h1 { font-size: 1.5em; margin: 0 0 .1em; overflow-wrap: anywhere }
.when { color: #505050; margin: 0 0 1em }
section + section { margin-top: 3em; border-top: 1px solid #808080; padding-top: 2em }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums }
th, td { padding: .25em .7em; text-align: left; vertical-align: top; unicode-bidi: isolate }
th { border-bottom: 2px solid #404040; vertical-align: bottom }
td { border-bottom: 1px solid #d8d8d8; max-width: 24em; overflow-wrap: anywhere }
.n { text-align: right }
td.n, td.k { white-space: nowrap }
tfoot td { border-top: 2px solid #404040; border-bottom: 0; font-weight: bold }
svg { width: 100%; max-width: 960px; height: auto; display: block }
svg text { font-size: 12px; fill: #181818 }
.note { color: #404040; margin: .2em 0; overflow-wrap: anywhere }
@page { size: A4; margin: 15mm }
@page wide { size: A4 landscape }
@media print {
  body { font-size: 10px; margin: 0; max-width: none; padding: 0 }
  .wide { page: wide }
  section + section { break-before: page; border: 0; margin: 0; padding: 0 }
  thead { display: table-header-group }
  tfoot { display: table-row-group }
  tr, svg { break-inside: avoid }
  svg, svg * { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
"""


def write(reports: Sequence[Report], language: Language) -> bytes:
    """The page. Raises CannotWrite."""
    title = escape(", ".join(printable(title_of(report, language)) for report in reports))
    parts = [
        f'<!DOCTYPE html>\n<html lang="{LANGUAGE[language]}">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        *(_section(report, language) for report in reports),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts).encode(errors="replace")


def _section(report: Report, language: Language) -> str:
    title = printable(title_of(report, language))
    when = f"{period(report, language)}; {made(report, language)}"
    drawn = [drawing(report, chart, language=language) for chart in report.charts if report.rows]
    notes = [each.note for each in drawn if each.note]
    notes += [] if report.rows else [WORDS[language]["empty"]]
    notes += [printable(note) for note in notes_of(report, language)]
    kind = ' class="wide"' if len(report.columns) >= WIDE_FROM else ""
    parts = [
        f"<section{kind}>\n<h1>{escape(title)}</h1>",
        f'<p class="when">{escape(printable(when))}</p>',
        *(svg(each, f"{title}: {each.title}") for each in drawn),
        _table(report, language),
        *(f'<p class="note">{escape(note)}</p>' for note in notes),
        "</section>",
    ]
    return "\n".join(parts)


def _table(report: Report, language: Language) -> str:
    kinds = [_kind(column) for column in report.columns]
    parts = ["<table>\n<thead>", _titles(report, kinds, language=language), "</thead>"]
    if totals := totals_shown(report, language):
        cells = "".join(
            f"<td{kind}>{escape(text)}</td>" for kind, text in zip(kinds, totals, strict=True)
        )
        parts.append(f"<tfoot><tr>{cells}</tr></tfoot>")
    return "\n".join([*parts, "<tbody>", *_rows(report, kinds), "</tbody>\n</table>"])


def _titles(report: Report, kinds: Sequence[str], *, language: Language) -> str:
    """The line of titles; a formula is shown where the pointer rests."""
    cells = []
    for column, kind in zip(report.columns, kinds, strict=True):
        told = f' title="{escape(printable(column.formula))}"' if column.formula else ""
        cells.append(
            f'<th scope="col"{kind}{told}>{escape(heading(report, column, language=language))}</th>'
        )
    return f"<tr>{''.join(cells)}</tr>"


def _rows(report: Report, kinds: Sequence[str]) -> list[str]:
    zone = zone_of(report)
    show: list[Callable[..., str]] = [shower(column.unit, zone) for column in report.columns]
    opens = [f"<td{kind}>" for kind in kinds]
    return [
        "<tr>"
        + "".join(
            f"{start}{escape(of(cell))}</td>"
            for start, of, cell in zip(opens, show, row, strict=True)
        )
        + "</tr>"
        for row in report.rows
    ]


def _kind(column: Column) -> str:
    """The class of a column's cells: a number, or a text that is never broken."""
    if column.unit in NUMBERS:
        return ' class="n"'
    return "" if column.unit == "text" else ' class="k"'
