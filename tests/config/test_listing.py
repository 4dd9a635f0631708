"""The configuration in force as lines, and what a reload would change."""

from __future__ import annotations

from pathlib import Path

from config.layers import load
from config.listing import changes, explain
from tests.config.texts import SITE


def test_every_setting_is_listed_with_its_value_and_layer(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text(SITE + '[agent.7]\nname = "王小明"\nskills = { "très bien" = 1 }\n')
    lines = explain(load(file, ["queue.sales.offer_s=2.5"]))
    for line in (
        'site.timezone = "UTC"  (defaults)',
        'sip.listen = ["udp:0.0.0.0:5060", "tcp:0.0.0.0:5060"]  (defaults)',
        "media.ports = [10000, 19999]  (defaults)",
        f'trunk.gateway.host = "192.168.1.20:5060"  ({file})',
        "trunk.gateway.register = false  (defaults)",
        f'route[1].from = "gateway"  ({file})',
        "queue.sales.offer_s = 2.5  (command line)",
        "queue.sales.max_wait_s = 3600  (defaults)",
        f'agent.7.name = "王小明"  ({file})',
        f'agent.7.skills."très bien" = 1  ({file})',
        f'extension.201.password = "***"  ({file})',
    ):
        assert line in lines


def test_a_password_from_a_file_has_that_layer(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text("[extension.201]\npassword_file = 'secret'\n")
    (tmp_path / "secret").write_text("wWtR5Ixq9mLr2Bd0")
    assert f'extension.201.password = "***"  ({file})' in explain(load(file))


def test_nothing_is_in_force_where_there_is_an_error(tmp_path: Path) -> None:
    assert explain(load(tmp_path / "none.toml")) == []


def test_a_reload_lists_what_changes_and_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "pbx.toml"
    file.write_text(SITE)
    old = load(file).settings
    file.write_text(SITE.replace("wWtR5", "xXtR6").replace("4001", "4002") + "[hours.a]\n")
    new = load(file, ["queue.sales.offer_s=20"]).settings
    assert old is not None and new is not None
    assert changes(old, new) == [
        'extension.201.password: "***" -> "***"',
        'route[1].called: "4001" -> "4002"',
        "queue.sales.offer_s: 15 -> 20",
        "hours.a.open: none -> []",
        "hours.a.closed: none -> []",
        "hours.a.open_dates: none -> []",
    ]
    assert changes(old, old) == []
