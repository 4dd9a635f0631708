"""Where commands find the socket."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pbx.service.ask.socket_path import add_arguments, control_path
from tests.shared import ROOT


def found(*words: str) -> Path:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return control_path(parser.parse_args(words))


def config(folder: Path, text: str) -> str:
    (folder / "pbx.toml").write_text(text)
    return str(folder / "pbx.toml")


def test_a_path_told_is_taken(tmp_path: Path) -> None:
    assert found("--socket", "/x/s") == Path("/x/s")
    assert found("--data", "/x") == Path("/x/control.sock")


def test_the_configuration_says_where(tmp_path: Path) -> None:
    file = config(tmp_path, '[site]\ndata = "/d"\n[api]\ncontrol = "/run/c"\n')
    assert found("--config", file) == Path("/run/c")


def test_by_default_it_is_in_the_data_directory(tmp_path: Path) -> None:
    assert found("--config", config(tmp_path, '[site]\ndata = "/d"')) == Path("/d/control.sock")
    assert found("--config", config(tmp_path, "")) == Path("/var/lib/pbx/control.sock")


def test_a_relative_path_is_meant_from_the_file(tmp_path: Path) -> None:
    assert found("--config", config(tmp_path, '[site]\ndata = "d"')) == (
        tmp_path / "d" / "control.sock"
    )


def test_a_later_layer_wins(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "10.toml").write_text('[site]\ndata = "/e"')
    assert found("--config", config(tmp_path, '[site]\ndata = "/d"')) == Path("/e/control.sock")


def test_values_that_are_wrong_otherwise_do_not_matter(tmp_path: Path) -> None:
    file = config(tmp_path, '[site]\ndata = 7\n[queue.sales]\nstrategy = "odd"\n[api]\ncontrol=""')
    assert found("--config", file) == Path("/var/lib/pbx/control.sock")


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        found("--config", str(tmp_path / "no.toml"))
    with pytest.raises(tomllib.TOMLDecodeError):
        found("--config", config(tmp_path, "[site"))


def test_the_environment_says_where_unless_a_file_is_named(tmp_path: Path) -> None:
    code = (
        "import sys, argparse; from pbx.service.ask.socket_path import add_arguments, control_path;"
        "p = argparse.ArgumentParser(); add_arguments(p);"
        "print(control_path(p.parse_args(sys.argv[1:])))"
    )
    file = config(tmp_path, '[site]\ndata = "/d"')
    for words, expected in (([], "/run/e"), (["--config", file], "/d/control.sock")):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            env=os.environ | {"PBX_SOCKET": "/run/e"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected
