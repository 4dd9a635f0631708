"""`pbx serve` as a process: it starts, says why it cannot, reloads, and goes in order."""

from __future__ import annotations

import signal
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

import pbx
from tests.ports import Ports
from tests.site import Site, run_pbx, until

Serve = Callable[[str], Site]


def a_site(port: int, more: str = "") -> str:
    return f"""
[sip]
listen = ["udp:127.0.0.1:{port}", "tcp:127.0.0.1:{port}"]
[media]
listen = "127.0.0.1"
[extension.201]
contact = "sip:127.0.0.1:9"
[agent.2001]
extension = "201"
queues = ["sales"]
[queue.sales]
{more}
"""


def refused(tmp_path: Path, toml: str, *words: str) -> str:
    """What `pbx serve` says when it cannot start; it must end with status 2."""
    config = tmp_path / "pbx.toml"
    config.write_text(toml)
    data = [] if "--data" in words else ["--data", str(tmp_path / "data")]
    done = run_pbx("serve", "--config", config, *data, *words)
    assert done.returncode == 2, done.stderr
    assert "ready" not in done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def test_it_serves_and_ends_in_order(serve: Serve, free_ports: Ports) -> None:
    site = serve(a_site(free_ports.one()))
    status = site.ctl("system.status")
    assert (status["calls"], status["version"]) == (0, pbx.__version__)
    assert [row["agent"] for row in site.ctl("agent.list")] == ["2001"]
    assert site.stop() == 0
    assert not (site.data / "control.sock").exists()
    replayed = run_pbx("replay", site.data / "journal")
    assert replayed.returncode == 0, replayed.stderr


def test_a_taken_port_is_named(tmp_path: Path, free_ports: Ports) -> None:
    port = free_ports.one()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        said = refused(tmp_path, a_site(port))
    assert f"udp:127.0.0.1:{port} is in use" in said


def test_a_data_directory_that_is_a_file_is_named(tmp_path: Path, free_ports: Ports) -> None:
    place = tmp_path / "data"
    place.write_text("")
    said = refused(tmp_path, a_site(free_ports.one()))
    assert str(place) in said and "--data" in said


def test_two_processes_do_not_share_a_data_directory(
    serve: Serve, tmp_path: Path, free_ports: Ports
) -> None:
    site = serve(a_site(free_ports.one()))
    said = refused(tmp_path, a_site(free_ports.one()), "--data", str(site.data))
    assert str(site.data) in said


def test_a_wrong_configuration_says_every_fault_by_line(tmp_path: Path) -> None:
    said = refused(tmp_path, "[queue.sales]\noffer_s = -1\n[quue.x]\n")
    assert "pbx.toml:2:" in said and "pbx.toml:3:" in said


@pytest.mark.parametrize(
    "more",
    [
        '[sip]\nlisten = ["tls:127.0.0.1:{port}"]\n',
        '[sip]\nlisten = ["udp:127.0.0.1:{port}", "udp:0.0.0.0:{port}"]\n',
        '[sip]\nlisten = ["tcp:127.0.0.1:{port}", "tcp:0.0.0.0:{port}"]\n',
        '[trunk.gateway]\ndriver = "sip_gatway"\nhost = "192.0.2.20"\n',
        "[queue.sales]\noffer_s = 0.0004\n",
    ],
)
def test_what_check_config_finds_wrong_does_not_start_and_says_the_same(
    tmp_path: Path, free_ports: Ports, more: str
) -> None:
    said = refused(tmp_path, more.format(port=free_ports.one()))
    checked = run_pbx("check-config", tmp_path / "pbx.toml")
    assert checked.returncode == 2
    errors = [line for line in checked.stdout.splitlines()[:-1] if "warning" not in line]
    assert errors and errors == [line for line in said.splitlines() if "warning" not in line]


def test_what_check_config_lets_pass_starts(serve: Serve, free_ports: Ports) -> None:
    one, two = free_ports.one(), free_ports.one()
    listen = f'"udp:127.0.0.1:{one}", "tcp:127.0.0.1:{one}", "udp:0.0.0.0:{two}", "udp:[::1]:{two}"'
    many = ", ".join(f"s{n} = 1" for n in range(64))
    site = serve(
        f"[sip]\nlisten = [{listen}]\n[media]\nlisten = '127.0.0.1'\n"
        f'[trunk.line]\ndriver = "modem"\n[queue.sales]\noffer_s = 0.001\nskills = {{ {many} }}\n'
    )
    assert run_pbx("check-config", site.config).returncode == 0
    (trunk,) = site.ctl("trunk.list")
    assert (trunk["state"], trunk["why"]) == ("down", "its driver modem is not served yet")
    alarms = site.ctl("system.status")["alarms"]
    assert [alarm["name"] for alarm in alarms] == ["trunk"]


def test_music_that_is_not_there_is_named(tmp_path: Path, free_ports: Ports) -> None:
    toml = a_site(free_ports.one()).replace("[media]", '[media]\nmusic = "none.wav"')
    assert "none.wav" in refused(tmp_path, toml)


def test_music_that_cannot_be_played_is_an_alarm_and_ours_is_heard(
    serve: Serve, free_ports: Ports, tmp_path: Path
) -> None:
    (tmp_path / "text.wav").write_text("la la la")
    path = tmp_path / "text.wav"
    toml = a_site(free_ports.one()).replace("[media]", f'[media]\nmusic = "{path}"')
    site = serve(toml)
    alarms = until(lambda: site.ctl("system.status")["alarms"], what="an alarm")
    assert "text.wav" in alarms[0]["text"]


def test_a_damaged_database_is_set_aside_with_an_alarm(serve: Serve, free_ports: Ports) -> None:
    site = serve(a_site(free_ports.one()))
    assert site.stop() == 0
    database = site.data / "pbx.db"
    for leftover in site.data.glob("pbx.db-*"):
        leftover.unlink()
    database.write_bytes(b"this is no database" * 1000)
    site.start()
    alarms = until(lambda: site.ctl("system.status")["alarms"], what="an alarm")
    assert "damaged" in alarms[0]["text"]
    with sqlite3.connect(database) as link:
        assert link.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    link.close()


def test_a_hang_up_signal_reloads_the_configuration(serve: Serve, free_ports: Ports) -> None:
    port = free_ports.one()
    site = serve(a_site(port))
    site.config.write_text(a_site(port, "[queue.support]\n"))
    site.process.send_signal(signal.SIGHUP)
    until(lambda: [row["queue"] for row in site.ctl("queue.list")] == ["sales", "support"])


def test_a_reload_reads_new_recordings_and_says_what_is_wrong_with_them(
    serve: Serve, free_ports: Ports
) -> None:
    site = serve(a_site(free_ports.one()))
    assert site.ctl("system.status")["alarms"] == []
    (site.data / "prompts" / "zh").mkdir(parents=True)
    (site.data / "prompts" / "zh" / "welcome.wav").write_bytes(b"RIFF")
    site.ctl("config.reload")
    alarms = until(lambda: site.ctl("system.status")["alarms"], what="an alarm")
    assert alarms[0]["name"] == "sound"
    assert "zh/welcome.wav: it is not a WAV file" in alarms[0]["text"]


def test_a_wrong_configuration_is_not_put_in_force(serve: Serve, free_ports: Ports) -> None:
    site = serve(a_site(free_ports.one()))
    site.config.write_text("[queue.sales]\noffer_s = 0\n")
    site.process.send_signal(signal.SIGHUP)
    alarms = until(lambda: site.ctl("system.status")["alarms"], what="an alarm")
    assert "pbx.toml:2" in alarms[0]["text"]
    assert [row["agent"] for row in site.ctl("agent.list")] == ["2001"]


def test_logins_and_pauses_survive_a_kill(serve: Serve, free_ports: Ports) -> None:
    site = serve(a_site(free_ports.one()))
    site.ctl("agent.pause", agent="2001", reason="tea")
    site.kill()
    site.start()
    (agent,) = site.ctl("agent.list")
    assert (agent["state"], agent["reason"]) == ("paused", "tea")
