"""A real browser opens a report: nothing runs, all of it is drawn, and it prints on A4."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import matplotlib.image
import pytest

from pbx.service.reporting.report_files import written
from tests.pbx.reports.samples import a_long_report, a_report, an_evil_report

WIDTH, HEIGHT = 1000, 900
POINTS = {"portrait": (594.9, 841.9), "landscape": (841.9, 594.9)}  # of an A4 sheet
BOX = re.compile(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]")


@pytest.fixture
def chromium(tmp_path: Path) -> list[str]:
    """The command of a browser with a profile of its own; skips where there is none."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no chromium here: apt install chromium")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    return [found, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", profile]


def browse(command: list[str], *options: str) -> str:
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def needs_chinese() -> None:
    if not shutil.which("fc-list"):
        pytest.skip("no fc-list here: apt install fontconfig")
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, check=True)
    if not listed.stdout.strip():
        pytest.skip("no font with Chinese signs: apt install fonts-noto-cjk")


def test_a_browser_shows_every_text_and_runs_none(chromium: list[str], tmp_path: Path) -> None:
    page = tmp_path / "evil.html"
    page.write_bytes(written("html", [an_evil_report()]))
    shown = browse(chromium, "--dump-dom", page.as_uri())
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert not re.search("<script|<img", shown)
    assert shown.count("<tr>") == len(an_evil_report().rows) + 2


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_browser_draws_the_charts(chromium: list[str], tmp_path: Path, language: str) -> None:
    needs_chinese()
    page, picture = tmp_path / "report.html", tmp_path / "report.png"
    page.write_bytes(written("html", [a_report()], language="zh" if language == "zh" else "en"))
    size = f"--window-size={WIDTH},{HEIGHT}"
    browse(chromium, size, f"--screenshot={picture}", page.as_uri())
    drawn = matplotlib.image.imread(picture)[:, :, :3]
    assert drawn.shape == (HEIGHT, WIDTH, 3)
    bar = abs(drawn - [0x48 / 255, 0x78 / 255, 0xA8 / 255]).max(axis=2) < 0.02
    assert bar.sum() > 10_000, "the bars of the first chart"


def test_paper_is_a4_and_on_its_side_for_a_wide_report(chromium: list[str], tmp_path: Path) -> None:
    for report, side in ((an_evil_report(), "portrait"), (a_long_report(200), "landscape")):
        page, paper = tmp_path / f"{side}.html", tmp_path / f"{side}.pdf"
        page.write_bytes(written("html", [report]))
        browse(chromium, "--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri())
        sheets = [tuple(map(float, each)) for each in BOX.findall(paper.read_bytes())]
        assert sheets, "a PDF names the size of its sheets"
        for sheet in sheets:
            assert sheet == pytest.approx(POINTS[side], abs=1.5)
    assert len(sheets) > 3, "two hundred rows are more than a sheet"
