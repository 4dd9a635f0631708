"""Pictures of charts."""

from __future__ import annotations

import io
from typing import Any

import matplotlib.image
import pytest

from pbx.reports.report import Chart
from pbx.service.reporting import png_chart
from pbx.service.reporting.drawing import POINTS_MAX
from pbx.service.reporting.png_chart import CHARTS_MAX, chinese_font, write
from pbx.service.reporting.refusals import CannotWrite
from tests.pbx.reports.samples import COLUMNS, a_long_report, a_report, an_evil_report

DAYS = {"columns": COLUMNS[1:], "rows": tuple(row[1:] for row in a_report().rows), "totals": None}
needs_font = pytest.mark.usefixtures("chinese")


@pytest.fixture
def chinese() -> str:
    """A font with Chinese signs; skips where none is installed."""
    return chinese_font() or pytest.skip("no font with Chinese signs: apt install fonts-noto-cjk")


def picture(data: bytes) -> Any:
    return matplotlib.image.imread(io.BytesIO(data), format="png")


def shades(data: bytes) -> int:
    """How many colours a picture has; a blank one has one."""
    return len({tuple(pixel) for pixel in picture(data)[::2, ::2].reshape(-1, 4).tolist()})


def test_charts_stand_below_each_other() -> None:
    one = write([a_report(**DAYS | {"charts": (Chart("day", ("offered",)),)})], "en")
    two = write([a_report(**DAYS)], "en")
    assert picture(two).shape[0] == 2 * picture(one).shape[0]
    assert picture(two).shape[1] == picture(one).shape[1]
    assert shades(one) > 10


@needs_font
def test_a_chinese_picture_has_its_signs() -> None:
    english, chinese = write([a_report(**DAYS)], "en"), write([a_report(**DAYS)], "zh")
    assert shades(chinese) > 10 and chinese != english


@needs_font
def test_no_text_is_taken_for_a_formula() -> None:
    assert shades(write([an_evil_report()], "en")) > 10


def test_a_font_that_is_not_installed_is_not_found() -> None:
    assert chinese_font(["No such font"]) is None
    assert chinese_font(["No such font", "DejaVu Sans"]) == "DejaVu Sans"


def test_what_to_install_is_said_where_no_font_has_the_signs() -> None:
    for language, title in (("zh", "Day"), ("en", "队列")):
        report = a_report(**DAYS | {"title": title, "title_zh": ""})
        drawn = [(report.title, each) for each in png_chart._drawings(report, "en")]
        with pytest.raises(CannotWrite, match="fix: apt-get install fonts-noto-cjk"):
            png_chart._settings(drawn, "zh" if language == "zh" else "en", fonts=["No such font"])


def test_nothing_to_draw_is_refused_by_the_names_of_the_reports() -> None:
    for nothing in ({"charts": ()}, {"rows": ()}):
        with pytest.raises(CannotWrite, match="queues, queues has nothing to draw; fix: ask for"):
            write([a_report(**DAYS | nothing)] * 2, "en")


def test_reports_without_a_chart_are_left_out_beside_one_that_has_it() -> None:
    both = write([a_report(**DAYS | {"charts": ()}), a_report(**DAYS)], "en")
    assert picture(both).shape == picture(write([a_report(**DAYS)], "en")).shape


def test_more_charts_than_a_picture_has_room_for_are_refused() -> None:
    charts = (Chart("day", ("offered",)),) * (CHARTS_MAX + 1)
    with pytest.raises(CannotWrite, match="13 charts, 12 are allowed"):
        write([a_report(**DAYS | {"charts": charts})], "en")
    assert shades(write([a_report(**DAYS | {"charts": charts[:CHARTS_MAX]})], "en")) > 10


def test_a_long_chart_is_drawn_thinned() -> None:
    chart = Chart("n0", ("offered", "n2"), ("level",))
    assert shades(write([a_long_report(POINTS_MAX + 1, charts=(chart,))], "en")) > 10
