"""`pbx backup` and `pbx restore` as processes: what they say, their codes, what a kill leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pbx.service.exit_codes import DONE, FAILED, WRONG
from tests.pbx.service.backup.kept_site import RECORDED, KeptSite, contents
from tests.ports import Ports
from tests.site import PBX, CallRefused, Site, run_pbx, until

LONG = 200_000_000  # bytes of a recording that is still being copied when the process is killed


@pytest.fixture
def kept(tmp_path: Path) -> KeptSite:
    (tmp_path / "from").mkdir()
    return KeptSite(tmp_path / "from")


def said(*words: str | Path, code: int = DONE) -> str:
    done = run_pbx(*words)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (done.stdout if code else done.stderr)
    return done.stderr if code else done.stdout


def test_there_and_back(kept: KeptSite, tmp_path: Path) -> None:
    backup, data = tmp_path / "backup", tmp_path / "data"
    line = said("backup", backup, "--data", kept.data)
    assert line.startswith(f"{backup}: ") and line.endswith(f", last event {kept.last_seq}\n")
    dry = said("restore", backup, "--data", data, "--dry-run").splitlines()
    assert dry[1] == f"would write {data}" and not data.exists()
    lines = said("restore", backup, "--data", data).splitlines()
    assert lines[0].startswith("whole: ") and lines[1] == f"wrote {data}"
    assert lines[2].startswith("the configuration stays as it is; --config FILE")
    config = tmp_path / "etc" / "pbx.toml"
    said("restore", backup, "--data", data, "--config", config)
    assert config.read_text() == "[queue.sales]\n"
    assert len(list(tmp_path.glob("data.before-restore-*"))) == 1


def test_figures_as_json(kept: KeptSite, tmp_path: Path) -> None:
    packed = tmp_path / "backup.tar.gz"
    row = json.loads(said("backup", packed, "--no-recordings", "--json", "--data", kept.data))
    assert (row["path"], row["last_seq"]) == (str(packed), kept.last_seq)
    assert row["config"][0] == str(kept.config) and row["files"] > 5 and row["bytes"] > 1000


def test_a_backup_without_its_configuration_says_so(kept: KeptSite, tmp_path: Path) -> None:
    kept.config.unlink()
    lines = said("backup", tmp_path / "backup", "--data", kept.data).splitlines()
    assert lines[1] == "without the configuration: name it by --config"


def test_what_cannot_be_is_said_with_its_code(kept: KeptSite, tmp_path: Path) -> None:
    inside = kept.data / "backup"
    assert f"no backup: {inside} is inside" in said(
        "backup", inside, "--data", kept.data, code=FAILED
    )
    (tmp_path / "none").mkdir()
    assert "has no pbx.db" in said("backup", tmp_path / "b", "--data", tmp_path / "none", code=1)
    assert "DEST" in said("backup", code=WRONG)
    assert "is not there; fix: " in said(
        "restore", tmp_path / "b", "--data", tmp_path / "data", code=FAILED
    )
    for command in ("backup", "restore"):
        text = said(command, tmp_path / "b", "--config", tmp_path / "no.toml", code=WRONG)
        assert f"{tmp_path}/no.toml: No such file" in text and "with --data" in text
    (kept.data / "pbx.db").write_bytes(b"no database" * 100)
    assert "no backup: file is not a database" in said(
        "backup", tmp_path / "b", "--data", kept.data, code=FAILED
    )


@pytest.fixture
def half_done(kept: KeptSite, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A backup that has the database already and is at the recordings."""
    os.truncate(kept.data / RECORDED, LONG)
    command = [*PBX, "backup", str(tmp_path / "backup"), "--data", str(kept.data)]
    process = subprocess.Popen(command, text=True, stderr=subprocess.PIPE)
    until((tmp_path / "backup" / "data" / RECORDED).exists, what="a recording in the backup")
    yield process
    process.kill()
    process.communicate()


def test_what_a_killed_backup_leaves_is_not_restored(
    half_done: subprocess.Popen[str], tmp_path: Path
) -> None:
    half_done.kill()
    half_done.wait(10)
    assert (tmp_path / "backup" / "data" / "pbx.db").exists()
    text = said("restore", tmp_path / "backup", "--data", tmp_path / "data", code=FAILED)
    assert "has no manifest: it was interrupted" in text
    assert "is not empty" in said(
        "backup", tmp_path / "backup", "--data", tmp_path / "from" / "data", code=FAILED
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_backup_that_is_stopped_leaves_nothing(
    half_done: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    half_done.send_signal(number)
    assert half_done.wait(10) == FAILED
    assert contents(tmp_path / "backup") == {}


def a_site(port: int) -> str:
    return f'[sip]\nlisten = ["udp:127.0.0.1:{port}"]\n[media]\nlisten = "127.0.0.1"\n'


def test_a_running_site_is_backed_up_over_its_socket(
    serve: Callable[[str], Site], free_ports: Ports, tmp_path: Path
) -> None:
    site = serve(a_site(free_ports.one()))
    dest = tmp_path / "backup"
    row = site.ctl("system.backup", dest=str(dest), recordings=False)
    assert row["path"] == str(dest) and row["config"] == [str(site.config)]
    assert json.loads((dest / "manifest.json").read_text())["last_seq"] == row["last_seq"] > 0
    text = said("restore", dest, "--data", site.data, code=FAILED)
    assert f"{site.data}: an exchange runs there; fix: stop it first" in text
    with pytest.raises(CallRefused, match="is not empty"):
        site.ctl("system.backup", dest=str(dest))
    with pytest.raises(CallRefused, match="dest: ") as refused:
        site.ctl("system.backup", dest="backup")
    assert refused.value.name == "bad_params"
    assert site.stop() == 0
    said("restore", dest, "--data", site.data)
    site.start()
    assert site.ctl("system.status")["alarms"] == []


def test_a_stop_ends_a_backup_and_nothing_of_it_is_left(
    serve: Callable[[str], Site], free_ports: Ports, tmp_path: Path
) -> None:
    site = serve(a_site(free_ports.one()))
    (site.data / "voicemail").mkdir()
    with (site.data / "voicemail" / "long.wav").open("wb") as file:
        file.truncate(4 * LONG)
    dest = tmp_path / "backup"
    command = [*PBX, "ctl", "system.backup", f"dest={dest}", "--data", str(site.data)]
    with subprocess.Popen(command, text=True, stderr=subprocess.PIPE) as asking:
        until((dest / "data" / "voicemail" / "long.wav").exists, what="a file in the backup")
        with pytest.raises(CallRefused, match="a backup is being made"):
            site.ctl("system.backup", dest=str(tmp_path / "second"))
        assert site.stop() == 0
        asking.communicate(timeout=10)
    assert contents(dest) == {}
