"""The configuration of a running site: each that comes into force is kept, with who asked."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pbx.service.record.database import read_only
from pbx.service.record.versions import Version, kept_versions
from pbx.service.versions.running import RunningFiles
from tests.ports import Ports
from tests.site import Site, until

Serve = Callable[[str], Site]


def a_site(port: int, more: str = "") -> str:
    return f"""
[sip]
listen = ["udp:127.0.0.1:{port}"]
[media]
listen = "127.0.0.1"
[queue.sales]
{more}
"""


def kept(site: Site) -> list[Version]:
    """The versions that are kept, the oldest first."""
    with contextlib.closing(read_only(site.data / "pbx.db")) as db:
        return list(kept_versions(db))[::-1]


def configurations(site: Site) -> list[dict[str, Any]]:
    """The events that tell of them; each is committed soon after its version."""
    return [row for row in site.rows("events") if row["type"] == "SiteConfigured"]


def test_each_start_and_reload_with_something_new_is_kept(serve: Serve, free_ports: Ports) -> None:
    port = free_ports.one()
    site = serve(a_site(port))
    (site.config.parent / "conf.d").mkdir()
    more = site.config.parent / "conf.d" / "more.toml"
    more.write_bytes("\ufeff[queue.night] # 夜\r\n".encode())
    site.ctl("config.reload")
    site.config.write_text(a_site(port, "[queue.support]\n"))
    site.process.send_signal(signal.SIGHUP)
    versions = until(lambda: found if len(found := kept(site)) == 3 else None)
    assert versions is not None
    assert [version.who for version in versions] == ["start", versions[1].who, "signal"]
    assert versions[1].who not in ("start", "signal", "")
    assert versions[0].files == {str(site.config): a_site(port).encode()}
    assert list(versions[1].files.items()) == [
        (str(site.config), a_site(port).encode()),
        (str(more), more.read_bytes()),
    ]
    assert versions[0].overrides == (f"site.data={site.data}",)
    configured = until(lambda: found if len(found := configurations(site)) == 3 else None)
    assert configured is not None
    assert all(a.version in b["data"] for a, b in zip(versions, configured, strict=True))
    assert site.ctl("system.status")["settings"] == versions[2].version


def test_what_says_nothing_new_and_what_is_refused_is_not_kept(
    serve: Serve, free_ports: Ports
) -> None:
    text = a_site(free_ports.one())
    site = serve(text)
    site.ctl("config.reload")
    site.config.write_text("[queue.sales]\noffer_s = 0\n")
    site.process.send_signal(signal.SIGHUP)
    until(lambda: site.ctl("system.status")["alarms"], what="an alarm")
    site.config.write_text(text)
    assert site.stop() == 0
    site.start()
    assert site.stop() == 0
    assert [version.who for version in kept(site)] == ["start"]
    site.config.write_text(f"{text}# in other words\n")
    site.start()
    assert site.stop() == 0
    versions = kept(site)
    assert len(versions) == 2 and versions[0].version == versions[1].version


def test_before_anything_is_taken_there_is_no_version(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    files = RunningFiles(file)
    assert files.take() and files.version("start", 0) is None
    file.write_text("[queue.sales]\n")
    files.take()
    version = files.version("start", 1_500)
    assert version is not None and (version.t, version.who) == (1.5, "start")
    file.write_text("[queue.sales\n")
    files.take()
    assert files.version("start", 1_500) == version
