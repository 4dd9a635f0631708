"""Which site a command reads on the disk."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import pytest

from pbx.service.ask.site_options import Where, add_site, site_told
from pbx.service.ask.socket_path import DATA


def told(*words: str | Path) -> Where:
    parser = argparse.ArgumentParser()
    add_site(parser)
    return site_told(parser.parse_args([str(word) for word in words]))


def test_the_configuration_says_where_the_data_is(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text('[site]\ndata = "data"\n')
    assert told("--config", file) == Where(tmp_path / "data", file)
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "1.toml").write_text('[site]\ndata = "/d"\n')
    assert told("--config", file) == Where(Path("/d"), file)
    assert told("--config", file, "--data", "/e") == Where(Path("/e"), file)
    file.write_text("")
    (tmp_path / "conf.d" / "1.toml").write_text("")
    assert told("--config", file) == Where(DATA, file)


def test_a_data_directory_is_enough(tmp_path: Path) -> None:
    assert told("--data", tmp_path) == Where(tmp_path, None)


def test_a_configuration_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    with pytest.raises(OSError):
        told("--config", file)
    file.write_text("[site")
    with pytest.raises(tomllib.TOMLDecodeError):
        told("--config", file)
    assert told("--config", file, "--data", "/d").data == Path("/d")
