"""`pbx config`: what was in force, what a reload would change, and back to an earlier version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pbx.service.exit_codes import DONE, FAILED, WRONG
from pbx.service.record.versions import Version
from tests.pbx.service.record.store_site import Site as Record
from tests.ports import Ports
from tests.site import Site, run_pbx

SESAME, MELLON = "open sesame 4711 now", "speak friend and enter"
OLD = f'[extension.201]\npassword = "{SESAME}"\n[queue.sales]\noffer_s = 10\n'
NEW = f'[extension.201]\npassword = "{MELLON}"\n[queue.sales]\noffer_s = 15\n[queue.night]\n'


class Kept:
    """A site that does not run, with versions kept in its record."""

    def __init__(self, folder: Path) -> None:
        self.data, self.config = folder / "data", folder / "pbx.toml"
        self.data.mkdir()
        self.config.write_text(NEW)
        record = Record(self.data)
        record.store.start(1)
        for name, t, text in (("aaaa1111", 1e9, OLD), ("bbbb2222", 2e9, NEW)):
            files = {str(self.config): text.encode()}
            record.store.put_beside(Version(name, t, "start", (), files).row())
        record.store.close()

    def says(self, *words: str, code: int = DONE, is_error: bool = False) -> str:
        done = run_pbx("config", *words, "--data", self.data)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert SESAME not in done.stdout + done.stderr and MELLON not in done.stdout + done.stderr
        return done.stderr if is_error else done.stdout


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_history_has_a_line_for_each_version_the_newest_first(kept: Kept) -> None:
    lines = [line.split() for line in kept.says("history").splitlines()]
    assert lines[0] == ["version", "since", "asked", "for", "by", "changed"]
    assert (lines[1][0], lines[2][0], lines[1][3]) == ("bbbb2222", "aaaa1111", "start")
    changed = ["~extension.201.password", "~queue.sales.offer_s", "+queue.night"]
    assert lines[1][4:] == changed and "oldest" in lines[2][5]
    [row] = json.loads(kept.says("history", "--last", "1", "--json"))
    assert (row["version"], row["t"], row["who"]) == ("bbbb2222", 2e9, "start")
    assert row["changed"].split() == changed and row["files"] == [str(kept.config)]


def test_diff_tells_what_a_reload_would_change_with_its_line(kept: Kept) -> None:
    kept.config.write_text(NEW.replace("15", "20").replace(MELLON, SESAME))
    assert kept.says("diff").splitlines() == [
        f"~ extension.201.password: changed  ({kept.config}:2)",
        f"~ queue.sales.offer_s: 15 -> 20  ({kept.config}:4)",
    ]
    rows = json.loads(kept.says("diff", "--json"))
    assert rows[1] == {
        "change": "changed", "key": "queue.sales.offer_s", "old": "15", "new": "20",
        "place": f"{kept.config}:4",
    }  # fmt: skip
    assert rows[0]["old"] == rows[0]["new"] == '"***"'


def test_diff_of_versions(kept: Kept) -> None:
    back = kept.says("diff", "aaaa").splitlines()
    assert f"~ queue.sales.offer_s: 15 -> 10  ({kept.config}:4)" in back
    assert f"- queue.night = {{}}  (was {kept.config}:5)" in back
    there = kept.says("diff", "aaaa1111", "bbbb2222")
    assert f"~ queue.sales.offer_s: 10 -> 15  ({kept.config}:4)" in there
    assert kept.says("diff", "bbbb", "bbbb") == "no key differs\n"


def test_diff_of_files_that_would_be_refused_says_why(kept: Kept) -> None:
    kept.config.write_text(NEW.replace("15", "-1"))
    said = kept.says("diff", code=WRONG, is_error=True)
    assert f'a reload would be refused:\n{kept.config}:4: queue "sales": offer_s' in said
    kept.config.write_text("[queue.sales")
    done = run_pbx("config", "diff", "--data", kept.data)
    assert (done.returncode, done.stdout) == (WRONG, "")
    assert f"{kept.config}:1: syntax" in done.stderr


def test_what_no_key_tells_is_told_all_the_same(kept: Kept) -> None:
    assert "no key differs, but a password_file" in kept.says("diff")


def test_rollback_puts_the_files_back_and_says_so(kept: Kept) -> None:
    more = kept.config.parent / "conf.d" / "more.toml"
    more.parent.mkdir()
    more.write_text("[queue.more]\n")
    said = kept.says("rollback", "aaaa", "--dry-run")
    assert said == f"would write {kept.config}\nwould move {more} aside\n"
    assert kept.config.read_text() == NEW and more.exists()
    said = kept.says("rollback", "aaaa")
    assert kept.config.read_text() == OLD and not more.exists()
    assert said.endswith("not in force yet: `pbx ctl config.reload` does that\n")
    assert [path.read_text() for path in more.parent.iterdir()] == ["[queue.more]\n"]
    [aside] = kept.config.parent.glob("pbx.toml.aside-*")
    assert aside.read_text() == NEW
    assert "already" in kept.says("rollback", "aaaa")
    assert kept.says("rollback", "aaaa", "--dry-run") == "would change nothing\n"


def test_a_version_that_this_pbx_does_not_take_changes_nothing(kept: Kept) -> None:
    record = Record(kept.data)
    record.store.start(2)
    wrong = {str(kept.config): b"[queue.sales]\nof_old = 1\n"}
    record.store.put_beside(Version("cccc3333", 3e9, "signal", (), wrong).row())
    record.store.close()
    said = kept.says("rollback", "cccc", code=WRONG, is_error=True)
    assert f'{kept.config}:2: queue "sales": of_old: unknown key' in said
    assert "nothing is changed" in said
    assert kept.config.read_text() == NEW
    assert [path.name for path in kept.config.parent.iterdir() if path.is_file()] == ["pbx.toml"]


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["rollback", "zzzz"], FAILED, "'zzzz' is not kept; fix: see `pbx config history`"),
        (["rollback", "a"], FAILED, "too short"),
        (["diff", "aaaa", "zzzz"], FAILED, "not kept"),
        (["diff", "aaaa", "bbbb", "aaaa"], WRONG, "two versions"),
        (["history", "--last", "x"], WRONG, "invalid int"),
        (["rollback"], WRONG, "VERSION"),
        ([], WRONG, "history|diff|rollback"),
    ],
)
def test_what_cannot_be_is_said_with_its_code(
    kept: Kept, words: list[str], code: int, why: str
) -> None:
    done = run_pbx("config", *words, *(["--data", str(kept.data)] if words else []))
    assert (done.returncode, done.stdout) == (code, "")
    assert why in done.stderr


def test_without_a_record_or_a_version_it_says_what_to_do(tmp_path: Path) -> None:
    done = run_pbx("config", "history", "--data", tmp_path)
    assert done.returncode == FAILED
    assert f"{tmp_path}/pbx.db: unable to open" in done.stderr and "fix: " in done.stderr
    Record(tmp_path).store.close()
    assert "no version is kept yet" in run_pbx("config", "history", "--data", tmp_path).stdout
    done = run_pbx("config", "diff", "--data", tmp_path)
    assert done.returncode == FAILED and "fix: start the exchange once" in done.stderr
    broken = tmp_path / "pbx.toml"
    broken.write_text("[queue")
    done = run_pbx("config", "rollback", "aaaa", "--config", broken)
    assert done.returncode == WRONG and "fix: say where the data is with --data" in done.stderr


def test_a_running_site_goes_back_at_once(serve: Callable[[str], Site], free_ports: Ports) -> None:
    text = f'[sip]\nlisten = ["udp:127.0.0.1:{free_ports.one()}"]\n[media]\nlisten = "127.0.0.1"\n'
    site = serve(f"{text}[queue.sales]\n")
    first = site.ctl("system.status")["settings"]
    site.config.write_text(f"{text}[queue.night]\n")
    site.ctl("config.reload")
    assert [row["queue"] for row in site.ctl("queue.list")] == ["night"]
    done = run_pbx("config", "rollback", first, "--reload", "--data", site.data)
    assert done.returncode == DONE, done.stderr
    assert done.stdout.splitlines()[-1] == "in force"
    assert [row["queue"] for row in site.ctl("queue.list")] == ["sales"]
    assert run_pbx("config", "diff", "--data", site.data).stdout == (
        "a reload would change nothing\n"
    )
