"""A site in service: what is too old is gone, and the monitor socket shows masked numbers."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbx.service.record.rows import Recording
from tests.pbx.service.record import store_site
from tests.ports import Ports
from tests.site import Site, run_pbx, until

NUMBER = "13900139111"
MASK = "[api]\nmask = ['monitor']\n"


@pytest.fixture
def site(tmp_path: Path, free_ports: Ports) -> Iterator[Site]:
    port, (first, last) = free_ports.one(), free_ports.block(40)
    found = Site(
        tmp_path,
        f"[sip]\nlisten = ['udp:127.0.0.1:{port}']\n"
        f"[media]\nlisten = '127.0.0.1'\nports = [{first}, {last}]\n",
    )
    yield found
    found.kill()


def reload(site: Site, *more: str) -> None:
    """Read the configuration anew, with more at its end."""
    site.config.write_text(site.config.read_text() + "".join(more))
    site.process.send_signal(signal.SIGHUP)


def status(site: Site, socket: str) -> str:
    return run_pbx("ctl", "--socket", site.data / socket, "system.status").stdout


def test_what_is_too_old_is_gone_soon_after_a_start(site: Site) -> None:
    kept = store_site.Site(site.data)
    kept.store.put_beside(Recording("c", "c.wav", 1.0, state="deleted"))
    kept.keep([])
    assert len(site.rows("recordings")) == 1
    site.start()
    until(lambda: not site.rows("recordings"), what="the old row goes")


def test_the_monitor_socket_is_masked_from_the_reload_on_that_asks_for_it(site: Site) -> None:
    site.start()
    whole = site.config.read_text()
    reload(site, f"[nonsense{NUMBER}]\n")  # an alarm that names a number
    until(lambda: NUMBER in status(site, "monitor.sock"), what="the alarm")
    site.config.write_text(whole)
    reload(site, MASK)
    until(lambda: NUMBER not in status(site, "monitor.sock"), what="the mask")
    assert "…111" in status(site, "monitor.sock")
    assert NUMBER in status(site, "control.sock")
