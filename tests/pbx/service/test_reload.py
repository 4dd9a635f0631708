"""A reload puts in force all that it says: roles, limits, logins, each seen where it acts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.problems import Problem
from config.settings import Extension, Limits, Media, Recording, Settings, Sip, User
from pbx.service.daemon import Daemon
from pbx.service.socket.door import SocketDoor
from tests.ports import Ports
from tests.site import Site, until
from tests.waiting import soon

NOBODY = "65534"


class Reloaded:
    """A site in this process, and how it reloads."""

    def __init__(self, folder: Path, port: int) -> None:
        self.settings = Settings(
            sip=Sip(listen=(f"udp:127.0.0.1:{port}",)), media=Media(listen="127.0.0.1")
        )
        self.problems: list[Problem] = []
        self.daemon = Daemon(self.settings, folder, load=lambda: self.problems or self.settings)

    async def reload(self, **tables: Any) -> list[dict[str, Any]]:
        """Reload with these tables changed, and wait for what is read beside."""
        self.settings = msgspec.structs.replace(self.settings, **tables)
        problems = self.daemon.reload()
        await soon(lambda: not self.daemon.is_reading)
        return problems

    def role(self, uid: str) -> str:
        door = self.daemon.doors["socket"]
        assert isinstance(door, SocketDoor)
        return door.server.accounts.person(int(uid), is_control=True).role


@pytest.fixture
def scene(
    tmp_path: Path, free_ports: Ports
) -> Callable[[Callable[[Reloaded], Awaitable[None]]], None]:
    """Runs a scene in an open site."""

    def run(play: Callable[[Reloaded], Awaitable[None]]) -> None:
        async def played() -> None:
            (tmp_path / "journal").mkdir()
            site = Reloaded(tmp_path, free_ports.one())
            await site.daemon.open()
            try:
                await asyncio.wait_for(play(site), 20)
            finally:
                site.daemon.close()

        asyncio.run(played())

    return run


Scene = Callable[[Callable[[Reloaded], Awaitable[None]]], None]


def test_the_roles_of_the_socket_are_the_new_ones(scene: Scene) -> None:
    async def play(site: Reloaded) -> None:
        assert site.role(NOBODY) == "monitor"
        assert await site.reload(user={"ann": User(unix=NOBODY, role="supervisor")}) == []
        assert site.role(NOBODY) == "supervisor"
        assert await site.reload(user={}) == []
        assert site.role(NOBODY) == "monitor"

    scene(play)


def test_the_limits_of_recordings_are_the_new_ones(scene: Scene) -> None:
    async def play(site: Reloaded) -> None:
        limits = Recording(age_max_s=7_200, bytes_max=5 << 20, free_min=0.5)
        await site.reload(recording=limits)
        assert site.daemon.recordings.limits == limits

    scene(play)


def test_phones_log_in_with_the_new_password_and_limits(scene: Scene) -> None:
    async def play(site: Reloaded) -> None:
        agent = site.daemon.wire.agent
        limits = Limits(login_failures=2, ban_s=7, transactions=9)
        await site.reload(extension={"201": Extension(password="new")}, limits=limits)
        assert agent.access.phones["201"].password == "new"
        assert (agent.access.limits.failures, agent.access.limits.ban_ms) == (2, 7_000)
        assert agent.transactions.most == 9

    scene(play)


def test_what_is_wrong_changes_nothing_and_is_told(scene: Scene) -> None:
    async def play(site: Reloaded) -> None:
        site.problems = [Problem("pbx.toml", 3, "queue", "is wrong")]
        (told,) = await site.reload(user={"ann": User(unix=NOBODY, role="admin")})
        assert (told["line"], told["what"]) == (3, "is wrong")
        assert site.role(NOBODY) == "monitor" and site.daemon.settings.user == {}

    scene(play)


def test_a_process_takes_the_new_roles(serve: Callable[[str], Site], free_ports: Ports) -> None:
    """An account that there is not is named: the reload has looked it up."""
    toml = f'[sip]\nlisten = ["udp:127.0.0.1:{free_ports.one()}"]\n[media]\nlisten = "127.0.0.1"\n'
    site = serve(toml)
    site.config.write_text(toml + '[user.ann]\nunix = "no-such-account"\n')
    assert site.ctl("config.reload") == {"done": True}
    until(lambda: 'user "ann": this machine has no such account' in site.log.read_text())
