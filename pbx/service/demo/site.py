"""The demo site on disk: a copy of the example configuration, and over it what only now is known.

    DIR/pbx.toml            config/examples/demo.toml
    DIR/conf.d/here.toml    ports, passwords, the directory itself, times divided by the speed
    DIR/cast.json           who calls and who answers, for `pbx.service.demo.simulated`
    DIR/pbx.db, journal/ …  as of every site: DIR is the data directory

The demo's phones live on 127.0.0.2 and 127.0.0.3, so that a phone of a visitor's own on this very
machine, which comes from 127.0.0.1, is not taken for one of them.
"""

from __future__ import annotations

import json
import secrets
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import config
from config.settings import Queue, Settings
from pbx.service.demo.believable_day import START_HOUR, Habits
from pbx.service.demo.simulated import Cast
from pbx.service.site_file import load

EXAMPLE = Path(config.__file__).parent / "examples" / "demo.toml"
GATEWAY_HOST, DESK_HOST = "127.0.0.2", "127.0.0.3"
VISITOR = "299"
RECEPTION = "200"
# Above the ports that the system gives away itself, and those that sites commonly use.
SITE_PORTS, CAST_PORTS = (61_000, 63_299), (63_300, 65_499)
SIP_PORTS = (5060, 5070, 5090)
SHORTEST_S = 0.5  # no time of a queue goes below, whatever the speed


class DemoSite(msgspec.Struct, frozen=True):
    """A demo site, ready to be served: its directory, its SIP port, a visitor's password."""

    folder: Path
    sip_port: int
    password: str
    timezone: str
    agents: tuple[str, ...]

    @property
    def config(self) -> Path:
        """The configuration to serve."""
        return self.folder / "pbx.toml"

    @property
    def cast(self) -> Path:
        """The file for `pbx.service.demo.simulated`."""
        return self.folder / "cast.json"

    @property
    def control(self) -> Path:
        """The control socket."""
        return self.folder / "control.sock"


def lay_out(
    folder: Path, habits: Habits, *, wall_s: float, wished: tuple[int, ...] = SIP_PORTS
) -> DemoSite:
    """Write a demo site into `folder`, to begin at `wall_s` (epoch seconds), on one of the wished
    SIP ports if it is free. Done again it replaces the one before.

    Raises OSError where the disk or the network does not let us."""
    shutil.copyfile(EXAMPLE, folder / "pbx.toml")
    settings = load(EXAMPLE).settings
    assert settings is not None, "the example is in order"
    sip_port = _free_port("0.0.0.0", wished)
    places = GATEWAY_HOST, _free_port(GATEWAY_HOST), DESK_HOST, _free_port(DESK_HOST)
    gateway, desks = f"{places[0]}:{places[1]}", f"{places[2]}:{places[3]}"
    extensions = tuple(n for n, each in settings.extension.items() if each.contact)
    password, timezone = secrets.token_urlsafe(9), _zone_of_morning(wall_s)
    lines = [
        f'site.timezone = "{timezone}"',
        f"site.data = {json.dumps(str(folder))}",
        f'sip.listen = ["udp:0.0.0.0:{sip_port}", "tcp:0.0.0.0:{sip_port}"]',
        f"media.ports = [{SITE_PORTS[0]}, {SITE_PORTS[1]}]",
        f'trunk.gateway.host = "{gateway}"',
        f'extension.{VISITOR}.password = "{password}"',
        *(f'extension.{number}.contact = "sip:{desks}"' for number in extensions),
        *_hurried(settings, habits),
    ]
    (folder / "conf.d").mkdir(exist_ok=True)
    (folder / "conf.d" / "here.toml").write_text("\n".join([*lines, ""]))
    cast = Cast(
        exchange=f"127.0.0.1:{sip_port}",
        places=(gateway, desks),
        ports=CAST_PORTS,
        desks=extensions,
        habits=habits,
        reception=RECEPTION,
    )
    site = DemoSite(folder, sip_port, password, timezone, tuple(settings.agent))
    site.cast.write_bytes(msgspec.json.encode(cast))
    return site


def _hurried(settings: Settings, habits: Habits) -> Iterator[str]:
    """The times of queues at the speed of the day; none at its own."""
    if habits.speed == 1:
        return
    for name, queue in settings.queue.items():
        for key, seconds in _times(queue):
            yield f"queue.{name}.{key} = {max(SHORTEST_S, seconds / habits.speed):.3f}"
        steps = ", ".join(
            f"{{ after_s = {max(SHORTEST_S, step.after_s / habits.speed):.3f}, "
            f"skills = {{ {', '.join(f'{s} = {level}' for s, level in step.skills.items())} }} }}"
            for step in queue.relax
        )
        yield f"queue.{name}.relax = [{steps}]"


def _times(queue: Queue) -> Iterator[tuple[str, float]]:
    """The times of a queue that go with the speed of the day, by their keys; prompts do not."""
    yield "offer_s", queue.offer_s
    yield "wrap_up_s", queue.wrap_up_s
    yield "retry_s", queue.retry_s
    yield "service_level.within_s", queue.service_level.within_s


def _zone_of_morning(wall_s: float) -> str:
    """The time zone where the plan's first hour is now: today's figures begin anew at midnight,
    which is far off there whenever the demo is started. (`Etc/GMT-8` is east of Greenwich.)"""
    hour = datetime.fromtimestamp(wall_s, UTC).hour
    east = (START_HOUR - hour + 11) % 24 - 11
    return f"Etc/GMT{-east:+d}" if east else "UTC"


def _free_port(host: str, wished: tuple[int, ...] = ()) -> int:
    """The first of the wished ports that is free for UDP and TCP, else one the system finds."""
    for port in wished:
        try:
            return _bound(host, port)
        except OSError:
            continue
    return _bound(host, 0)


def _bound(host: str, port: int) -> int:
    """A port that can be had on both transports; OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind((host, port))
        found = int(udp.getsockname()[1])
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind((host, found))
    return found
