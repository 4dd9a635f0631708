"""The demo site on disk: a configuration without an error, and a cast that fits it."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from config.layers import load
from config.settings import Settings
from pbx.service.demo.believable_day import CALLED, KEYS, MENU, START_HOUR, Habits
from pbx.service.demo.simulated import Cast
from pbx.service.demo.site import DESK_HOST, EXAMPLE, GATEWAY_HOST, VISITOR, lay_out
from tests.ports import Ports

NOON_S = 1_700_049_600.0  # 12:00 UTC


def settings_in(folder: Path) -> Settings:
    loaded = load(folder / "pbx.toml")
    assert loaded.settings is not None, loaded.errors
    return loaded.settings


def test_the_example_stands_by_itself() -> None:
    assert load(EXAMPLE).errors == []


def test_what_is_laid_out_can_be_served_and_called(tmp_path: Path) -> None:
    folder = tmp_path / 'a "folder" 目录'
    folder.mkdir()
    site = lay_out(folder, Habits(seed=3), wall_s=NOON_S)
    settings = settings_in(folder)
    cast = msgspec.json.decode(site.cast.read_bytes(), type=Cast)
    assert settings.site.data == str(folder)
    assert settings.trunk["gateway"].host == cast.places[0]
    assert cast.places[0].startswith(GATEWAY_HOST) and cast.places[1].startswith(DESK_HOST)
    fixed = {number for number, each in settings.extension.items() if each.contact}
    assert set(cast.desks) == fixed
    assert {settings.extension[number].contact for number in fixed} == {f"sip:{cast.places[1]}"}
    assert {agent.extension for agent in settings.agent.values()} <= fixed
    assert cast.reception in fixed and cast.habits.seed == 3
    assert site.agents == tuple(settings.agent)


def test_every_number_that_is_called_and_every_key_leads_somewhere(tmp_path: Path) -> None:
    lay_out(tmp_path, Habits(), wall_s=NOON_S)
    settings = settings_in(tmp_path)
    assert set(CALLED) <= {number for route in settings.route for number in route.patterns}
    menu = next(route.to for route in settings.route if MENU in route.patterns)
    assert set(KEYS) - {""} <= set(settings.menu[menu.partition(":")[2]].keys)


def test_passwords_are_new_each_time_and_only_we_read_them(tmp_path: Path) -> None:
    found = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        site = lay_out(tmp_path / name, Habits(), wall_s=NOON_S)
        assert settings_in(site.folder).extension[VISITOR].password == site.password
        found.add(site.password)
    assert len(found) == 2
    assert all(len(password) >= 12 for password in found)


@pytest.mark.parametrize("hour", range(24))
def test_it_is_morning_at_the_site_whenever_it_starts(tmp_path: Path, hour: int) -> None:
    wall_s = NOON_S + (hour - 12) * 3600 + 1800
    site = lay_out(tmp_path, Habits(), wall_s=wall_s)
    assert datetime.fromtimestamp(wall_s, UTC).hour == hour
    assert datetime.fromtimestamp(wall_s, ZoneInfo(site.timezone)).hour == START_HOUR
    assert settings_in(tmp_path).site.timezone == site.timezone


def test_times_of_queues_go_with_the_speed_but_not_to_nothing(tmp_path: Path) -> None:
    plain = load(EXAMPLE).settings
    assert plain is not None
    lay_out(tmp_path, Habits(speed=60), wall_s=NOON_S)
    fast = settings_in(tmp_path)
    for name, queue in fast.queue.items():
        assert queue.offer_s == max(0.5, plain.queue[name].offer_s / 60)
        assert queue.service_level.target == plain.queue[name].service_level.target
        assert [step.skills for step in queue.relax] == [
            step.skills for step in plain.queue[name].relax
        ]


def test_a_port_in_use_is_left_alone(tmp_path: Path) -> None:
    port = Ports().one()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        assert lay_out(tmp_path, Habits(), wall_s=NOON_S, wished=(port,)).sip_port == port
        taken.bind(("0.0.0.0", port))
        assert lay_out(tmp_path, Habits(), wall_s=NOON_S, wished=(port,)).sip_port != port
