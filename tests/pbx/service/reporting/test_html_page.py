"""The page: whole in one file, every text a text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from pbx.reports.report import Chart, Report
from pbx.service.printable import printable
from pbx.service.reporting.drawing import POINTS_MAX
from pbx.service.reporting.html_page import POLICY, write
from tests.pbx.reports.samples import EVIL, a_long_report, a_report, an_evil_report
from tests.pbx.service.reporting.pages import Page

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
KNOWN = {
    "html", "head", "meta", "title", "style", "body", "section", "h1", "p", "table", "thead",
    "tbody", "tfoot", "tr", "th", "td", "svg", "defs", "pattern", "rect", "circle", "path", "text",
    "g",
}  # fmt: skip
NAMESPACE = "{http://www.w3.org/2000/svg}"


def charts(report: Report) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(text) for text in SVG.findall(write([report], "en").decode())]


def test_rows_stand_as_they_are_read_with_the_totals_below() -> None:
    page = Page(write([a_report()], "en"))
    assert page.rows[0][:2] == ["Queue", "Day"] and page.rows[0][7] == "Cost (EUR)"
    assert page.rows[1][:2] == ["Total", ""], "the foot; a reader shows it below"
    assert page.rows[2] == [
        "sales", "2026-11-23", "09:30", "2026-11-18 12:06:40", "120", "0:09", "81.2%", "12.50",
        "3.25",
    ]  # fmt: skip
    assert page.rows[4][3] == "", "what does not apply is empty"
    assert "Calls to a closed queue are left out." in page.texts
    assert ("html", {"lang": "en"}) in page.elements


def test_a_chinese_page_says_so_and_has_its_titles() -> None:
    page = Page(write([a_report()], "zh"))
    assert ("html", {"lang": "zh-Hans"}) in page.elements
    assert page.rows[0][:2] == ["队列", "日期"] and page.rows[1][0] == "合计"
    assert "不含下班后的来电。" in page.texts


def test_nothing_is_loaded_and_nothing_runs() -> None:
    data = write([a_report(), an_evil_report()], "en")
    page = Page(data)
    assert page.names() <= KNOWN
    assert {
        name for _, attributes in page.elements for name in attributes if name.startswith("on")
    } == set()
    for _, attributes in page.elements:
        assert not attributes.keys() & {"src", "href", "srcset", "style", "action"}
    style = data.decode().partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style and "@import" not in style
    (policy,) = [each["content"] for _, each in page.elements if "http-equiv" in each]
    assert policy == POLICY and policy and policy.startswith("default-src 'none'")


def test_every_text_is_shown_as_it_is_on_one_line() -> None:
    page = Page(write([an_evil_report()], "en"))
    shown = [printable(text.replace("\u202e", "")) for text in EVIL]
    assert [row[0] for row in page.rows[2:]] == [row[1] for row in page.rows[2:]] == shown
    assert page.rows[0][:2] == [EVIL[0], EVIL[2]]
    assert EVIL[0] in page.texts and EVIL[1] in page.texts
    assert page.elements[[tag for tag, _ in page.elements].index("th")][1]["title"] == EVIL[1]


def test_a_wide_report_lies_on_its_side_and_each_begins_a_sheet() -> None:
    data = write([a_report(), an_evil_report()], "en")
    sections = [attributes for tag, attributes in Page(data).elements if tag == "section"]
    assert sections == [{"class": "wide"}, {}]
    for rule in ("@page wide { size: A4 landscape }", "break-before: page", "table-header-group"):
        assert rule in data.decode()


def test_a_chart_has_a_bar_and_a_point_for_each_value() -> None:
    first, second = charts(a_report())
    bars = [each for each in first.findall(f"{NAMESPACE}path") if each.get("fill") == "#4878a8"]
    assert [each.get("d", "").count("z") for each in bars] == [3]
    lines = [each for each in second.findall(f"{NAMESPACE}path") if each.get("fill") == "none"]
    assert [re.findall("[ML]", each.get("d", "")) for each in lines] == [["M", "L"], ["M"]]
    texts = [each.text for each in first.iter(f"{NAMESPACE}text")]
    assert {"Offered", "Service level", "2026-11-23", "1,250", "100%"} <= set(texts)


def test_a_chart_is_readable_xml_whatever_its_texts_are() -> None:
    (evil,) = charts(an_evil_report())
    assert evil.findtext(f"{NAMESPACE}title") == f"{EVIL[1]}: {EVIL[0]}"
    assert {each.tag.removeprefix(NAMESPACE) for each in evil.iter()} <= KNOWN


def test_series_differ_without_their_colours() -> None:
    chart = Chart("n0", ("offered", "n1", "n2"), ("level", "level"))
    (drawn,) = charts(a_long_report(5, charts=(chart,)))
    boxes = [each for each in drawn.findall(f"{NAMESPACE}rect") if each.get("y") == "12"]
    assert len({each.get("fill") for each in boxes}) == len(boxes) == 3
    dashes = [each.get("stroke-dasharray") for each in drawn.findall(f"{NAMESPACE}path")
              if each.get("fill") == "none"]  # fmt: skip
    assert len({*dashes}) == 2


def test_a_long_chart_is_thinned_and_the_page_says_so() -> None:
    data = write([a_long_report(POINTS_MAX + 1, charts=(Chart("n0", ("offered",)),))], "en")
    page = Page(data)
    assert "The chart shows one row in 2 of 2001." in page.texts
    assert len(page.rows) == POINTS_MAX + 2, "the table has all of them"


def test_a_report_without_rows_has_no_chart_and_says_so() -> None:
    page = Page(write([a_report(rows=(), totals=None)], "en"))
    assert "svg" not in page.names() and "No rows." in page.texts
