"""The examples of docs/backup.md, typed beside a running exchange."""

from __future__ import annotations

from pathlib import Path

from pbx.service.record.before import COPIES_KEPT
from pbx.service.record.versions import BYTES_MAX, KEPT_MAX
from tests.documents import Document, Shell
from tests.ports import Ports
from tests.site import Site

BACKUP = Document("backup.md")
CONFIG = """
[site]
data = "{data}"
[sip]
listen = ["udp:127.0.0.1:{port}"]
[media]
listen = "127.0.0.1"
[queue.sales]
"""


def test_every_block_is_run() -> None:
    assert BACKUP.kinds == {"console"}


def test_what_is_typed_prints_what_is_shown(tmp_path: Path, free_ports: Ports) -> None:
    data = tmp_path / "data"
    toml = CONFIG.format(data=data, port=free_ports.one())
    site = Site(tmp_path, toml).start()
    try:
        site.config.write_text(toml + "offer_s = 20\n")
        shell = Shell(site)
        for block in BACKUP.blocks("console"):
            shell.check(block)
    finally:
        site.kill()


def test_the_limits_are_those_of_the_code() -> None:
    assert f"The last {KEPT_MAX} versions ({BYTES_MAX // 1_000_000} MB of text)" in BACKUP.text
    assert f"`pbx.db.before-vN`, the last {['', 'one', 'two'][COPIES_KEPT]} are kept" in BACKUP.text
