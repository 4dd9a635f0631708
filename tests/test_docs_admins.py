"""The examples of docs/admins.md and docs/supervisors.md, run on a real site with real calls."""

from __future__ import annotations

import argparse
import configparser
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.layers import load
from pbx.figures.queue_day import new_day
from pbx.service import exit_codes
from pbx.service.commands import serve as serve_command
from pbx.service.commands.phones import HEADINGS
from pbx.service.socket.live_site import ALARMS_KEPT, CALLS_EXPLAINED
from pbx.service.trial.steps import VERBS
from tests.documents import Document, Shell, is_like, reads_like, typed, write_files
from tests.peers.ends import steps
from tests.peers.ends.sipp import CALLER_HOST, PHONE_HOST, Sipp, peer
from tests.ports import Ports
from tests.shared import ROOT
from tests.site import NotReady, Site, run_pbx, until

ADMINS, SUPERVISORS = Document("admins.md"), Document("supervisors.md")
BOTH = pytest.mark.parametrize("document", [ADMINS, SUPERVISORS], ids=["admins", "supervisors"])
FIRST = ADMINS.blocks("toml")[0]
OWN_HOSTS = "[trunk.gateway]\nhost = '{gateway}'\n[extension.202]\ncontact = '{phone}'\n"
SALES = """
[trunk.gateway]
host = "{gateway}"
[[route]]
from = "gateway"
called = "4001"
to = "queue:sales"
[queue.sales]
skills = {{ sales = 2 }}
[extension]
201 = {{ contact = "{phone}" }}
202 = {{ contact = "{phone}" }}
203 = {{ contact = "{phone}" }}
[agent.2001]
name = "王小明"
extension = "201"
queues = ["sales"]
skills = {{ sales = 3 }}
[agent.2002]
name = "Li Na"
extension = "202"
queues = ["sales"]
skills = {{ sales = 1 }}
[agent.2003]
extension = "203"
queues = ["sales"]
skills = {{ sales = 2 }}
login = "manual"
"""


class Place:
    """A machine with a site on free ports: a gateway calls in, phones at a fixed contact answer."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.folder, self._ports = folder, ports
        self.sip, self.gateway, self.phones = ports.one(), ports.one(), ports.one()
        self.phone = f"sip:{PHONE_HOST}:{self.phones}"
        self._peers: list[Sipp] = []
        self.sites: list[Site] = []

    def site(self, toml: str, own: str = "") -> Site:
        """A site with `own` settings on top, not started."""
        folder = self.folder / f"site{len(self.sites)}"
        (folder / "conf.d").mkdir(parents=True)
        first, last = self._ports.block(40)
        text = f"""
            [sip]\nlisten = ["udp:{PHONE_HOST}:{self.sip}", "tcp:{PHONE_HOST}:{self.sip}"]
            [media]\nlisten = "{PHONE_HOST}"\nports = [{first}, {last}]\n"""
        (folder / "conf.d" / "own.toml").write_text(text + self.placed(own))
        self.sites.append(Site(folder, self.placed(toml)))
        return self.sites[-1]

    def placed(self, text: str) -> str:
        return text.format(gateway=f"{CALLER_HOST}:{self.gateway}", phone=self.phone)

    def call(self, *, calls: int, hold_ms: int) -> Sipp:
        """Calls from the gateway to 4001; the phones answer."""
        peer("sipp")
        agents = Sipp(self.folder / "agents", host=PHONE_HOST, port=self.phones)
        callers = Sipp(self.folder / "callers", host=CALLER_HOST, port=self.gateway)
        self._peers += [agents, callers]
        agents.answer(
            steps.invited(), steps.provisional(), steps.accept(), steps.acknowledged(),
            steps.released(),
        )  # fmt: skip
        return callers.with_prefix("1391234567").call(
            steps.invite(), steps.answered(), steps.acknowledge(), steps.pause(hold_ms),
            steps.hang_up(), to=f"{PHONE_HOST}:{self.sip}", number="4001", calls=calls, rate=5,
        )  # fmt: skip

    def close(self) -> None:
        for each in self._peers:
            each.stop()
        for site in self.sites:
            site.kill()


@pytest.fixture
def place(tmp_path: Path, free_ports: Ports) -> Iterator[Place]:
    """A machine to follow a document on."""
    found = Place(tmp_path, free_ports)
    yield found
    found.close()


def as_written(toml: str) -> str:
    """A text for `str.format` that comes out of it unchanged."""
    return toml.replace("{", "{{").replace("}", "}}")


@pytest.fixture
def clinic(place: Place) -> Site:
    """The site of docs/admins.md, not started, with every file that is named there."""
    site = place.site(as_written(FIRST), OWN_HOSTS)
    write_files(site.config.parent, ADMINS.blocks("toml"))
    for block in ADMINS.blocks("console"):
        for line, shown in typed(block):
            if line.startswith("cat ") and line.endswith(".csv"):
                (site.config.parent / line.split()[1]).write_text(shown + "\n")
    return site


# ---- docs/admins.md --------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(ADMINS.blocks("toml"))))
def test_each_configuration_is_right_or_shown_to_be_wrong(number: int, tmp_path: Path) -> None:
    block = ADMINS.blocks("toml")[number]
    if ".test.toml" in block.partition("\n")[0]:  # `pbx test` runs it, below
        return
    is_whole = block.startswith("# ")
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "pbx.toml").write_text(block if is_whole else FIRST)
    if not is_whole:
        (tmp_path / "conf.d" / "more.toml").write_text(block)
    loaded = load(tmp_path / "pbx.toml")
    assert bool(loaded.errors) == block.startswith("# wrong"), loaded.problems
    assert not loaded.warnings


def test_what_an_administrator_types_prints_what_is_shown(clinic: Site) -> None:
    shell = Shell(clinic.start())
    contact = load(clinic.config).settings.extension["202"].contact  # type: ignore[union-attr]
    for block in ADMINS.blocks("console"):
        shell.check(block.replace("sip:192.168.1.32:5060", contact))


@pytest.mark.peer
def test_the_questions_to_the_record_have_answers(place: Place, clinic: Site) -> None:
    clinic.start()
    place.call(calls=1, hold_ms=200).succeeds()
    until(lambda: clinic.rows("calls"), what="the call's record")
    until(lambda: clinic.rows("sounds"), what="what was sent and heard")
    with sqlite3.connect(f"file:{clinic.data / 'pbx.db'}?mode=ro", uri=True) as db:
        answers = [db.execute(question).fetchall() for question in ADMINS.blocks("sql")]
    db.close()
    assert all(answers)
    assert answers[2][0][:2] == ("2002", 1)


def test_the_unit_starts_and_reloads_it() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(ADMINS.blocks("ini")[0])
    words = shlex.split(unit["Service"]["ExecStart"])
    parser = argparse.ArgumentParser()
    serve_command.arguments(parser)
    options = parser.parse_args(words[2:])
    assert Path(words[0]).name == "pbx" and words[1] == "serve"
    assert options.drain < int(unit["Service"]["TimeoutStopSec"])
    assert unit["Service"]["ExecReload"].startswith("/bin/kill -HUP")
    assert int(unit["Service"]["RestartPreventExitStatus"]) == exit_codes.WRONG


def refused(site: Site) -> str:
    """What a start that ends at once says."""
    with pytest.raises(NotReady) as failure:
        site.start()
    code, _, text = str(failure.value).partition(": ")
    assert code == f"exit {exit_codes.WRONG}"
    return text


def port_in_use(place: Place, clinic: Site) -> str:
    clinic.start()
    return refused(place.site(as_written(FIRST), OWN_HOSTS))


def foreign_address(_place: Place, clinic: Site) -> str:
    own = clinic.config.parent / "conf.d" / "z.toml"
    own.write_text('[sip]\nlisten = ["udp:192.0.2.1:5060"]\n')
    return refused(clinic)


def directory_is_a_file(_place: Place, clinic: Site) -> str:
    clinic.data.rmdir()
    clinic.data.write_text("")
    return refused(clinic)


def directory_in_use(place: Place, clinic: Site) -> str:
    clinic.start()
    second = place.site(as_written(FIRST), OWN_HOSTS)
    second.data = clinic.data
    return refused(second)


def database_damaged(_place: Place, clinic: Site) -> str:
    (clinic.data / "pbx.db").write_bytes(b"no database" * 400)
    clinic.start()
    return until(clinic.log.read_text, what="an alarm").splitlines()[0]


def database_too_new(_place: Place, clinic: Site) -> str:
    with sqlite3.connect(clinic.data / "pbx.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    return refused(clinic)


def wrong_reload(_place: Place, clinic: Site) -> str:
    clinic.start()
    clinic.config.write_text(FIRST + "[queue.sales]\n")
    assert Shell(clinic).prints("pbx ctl config.reload")
    return until(clinic.log.read_text, what="an alarm")


def nobody_answers(_place: Place, clinic: Site) -> str:
    said = run_pbx("ctl", "agent.list", "--data", clinic.data)
    assert said.returncode == exit_codes.FAILED
    return said.stderr


def no_phone(_place: Place, clinic: Site) -> str:
    return Shell(clinic.start()).prints("pbx ctl agent.login agent=2001")


TROUBLES: list[Callable[[Place, Site], str]] = [
    port_in_use, foreign_address, directory_is_a_file, directory_in_use, database_damaged,
    database_too_new, wrong_reload, nobody_answers, no_phone,
]  # fmt: skip
MESSAGES = re.findall(r"^\| `([^`]+)` \|", ADMINS.text.partition("## Trouble")[2], re.MULTILINE)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_trouble_says_what_the_table_shows(
    trouble: Callable[[Place, Site], str], place: Place, clinic: Site
) -> None:
    said = trouble(place, clinic)
    assert [each for each in MESSAGES if reads_like(each + "…", said)], said


def test_the_table_of_trouble_shows_nothing_else() -> None:
    assert len(MESSAGES) == len(TROUBLES)


# ---- docs/supervisors.md ---------------------------------------------------------------------


def watched(shell: Shell, line: str, shown: str) -> None:
    """Type a command that prints for ever, while an agent is paused again and again."""
    process = shell.start(line)
    done = threading.Event()

    def pause_and_unpause() -> None:
        while not done.wait(0.1):
            shell.site.ctl("agent.pause", agent="2002", reason="lunch")
            shell.site.ctl("agent.unpause", agent="2002")

    pausing = threading.Thread(target=pause_and_unpause)
    pausing.start()
    try:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in range(8)]
    finally:
        done.set()
        pausing.join()
        end(process)
    assert any(is_like(json.loads(shown), each) for each in lines), lines


def end(process: subprocess.Popen[str]) -> None:
    """End a shell and what runs in it."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)


@pytest.mark.peer
def test_what_a_supervisor_types_prints_what_is_shown(place: Place) -> None:
    site = place.site(SALES).start()
    callers = place.call(calls=2, hold_ms=60_000)
    until(lambda: [row["state"] for row in site.ctl("call.list")] == ["talking", "waiting"],
          what=f"one talks, one waits\n{callers.why()}")  # fmt: skip
    shell = Shell(site)
    for block in sorted(SUPERVISORS.blocks("console"), key=lambda text: "agent.pause" in text):
        if block.startswith("$ pbx watch"):
            watched(shell, *next(typed(block)))
        else:
            shell.check(block)


def test_the_figures_are_those_of_their_definition() -> None:
    table = SUPERVISORS.text.partition("## Figures")[2].partition("## ")[0]
    named = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
    assert named >= {"offered", "answered", "abandoned", "overflowed", "exited", "service_level"}
    assert named & set(new_day().__struct_fields__) >= {"offered", "answered", "abandoned"}


# ---- both ------------------------------------------------------------------------------------


DEFAULTS: dict[str, Any] = tomllib.loads((ROOT / "config" / "defaults.toml").read_text())
SETTING = re.compile(r"\[\[?([a-zA-Z_.]+)\]\]?(?: ([a-z_ ]+))?")


def settings_in(table: str) -> set[str]:
    """The settings of the table of defaults.toml that a document writes as `queue.NAME`."""
    found: Any = DEFAULTS
    for part in table.split("."):
        found = found[part]
    return set(found[0] if isinstance(found, list) else found)


@BOTH
def test_every_setting_that_is_named_exists(document: Document) -> None:
    found = [match for span in document.spans() if (match := SETTING.fullmatch(span))]
    assert found
    for match in found:
        missing = set((match[2] or "").split()) - settings_in(match[1])
        assert not missing, f"{match[0]}: {missing}"


@BOTH
def test_no_kind_of_block_is_left_untested(document: Document) -> None:
    assert document.kinds <= {"toml", "console", "sql", "ini", "sh"}


def test_the_tables_of_steps_name_every_one() -> None:
    part = ADMINS.text.partition("## Trying the call flow")[2].partition("\n## ")[0]
    assert set(VERBS) <= set(re.findall(r"`(\w+)`", part))


def test_the_table_of_phones_has_the_headings_shown() -> None:
    assert " ".join(HEADINGS) in ADMINS.text


def test_what_is_kept_in_memory_is_what_is_said() -> None:
    assert f"among the last {CALLS_EXPLAINED}," in SUPERVISORS.text
    assert f"(the last {ALARMS_KEPT})" in ADMINS.text
