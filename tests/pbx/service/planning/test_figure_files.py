"""Plots as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbx.service.planning.figure_files import save
from pbx.service.planning.plots import Plot

DAY = Plot("Monday", {"came": [1.0, 4.0], "expected": [2.0, 2.0]}, [0, 1], {0.0: "00"})


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml")])
def test_a_plot_as_a_file_is_of_its_suffix(tmp_path: Path, name: str, start: bytes):
    save(DAY, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_plot_without_points_is_drawn_empty(tmp_path: Path):
    empty = Plot("Nothing", {"none": []}, [], {})
    save(empty, tmp_path / "a")
    assert (tmp_path / "a").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="not supported"):
        save(empty, tmp_path / "a.xyz")
