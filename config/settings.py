"""Every setting, typed, with its default: one frozen struct for each table of the TOML files.

Attribute names are the TOML keys; the one exception is `Route.from_`, which is `from` in the file.
`*_s` are seconds as written by people, the properties `*_ms` the same in whole milliseconds for
decisions. `defaults.toml` explains each of them; a test keeps the two equal.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from config.kinds import (
    DAY_S,
    SECRETS,
    Code,
    Codec,
    Count,
    Country,
    Days,
    Digest,
    Dscp,
    Group,
    Language,
    Milliseconds,
    Pin,
    Port,
    Role,
    Seconds,
    SomeCount,
    SomeSeconds,
    Symmetric,
    Table,
    Text,
)
from config.queue_settings import Agent as Agent
from config.queue_settings import Announce as Announce
from config.queue_settings import Queue as Queue
from config.queue_settings import Relax as Relax
from config.queue_settings import ServiceLevel as ServiceLevel
from config.report_settings import Money
from config.report_settings import Rate as Rate
from config.report_settings import Target as Target
from config.report_settings import Team as Team


class Site(Table, frozen=True):
    """`[site]`: what this exchange is called and where it keeps its files."""

    name: Text = "Agner"
    timezone: Text = "UTC"
    language: Literal["en", "zh"] = "en"
    data: Text = "/var/lib/pbx"
    group: Group = "a"
    currency: Text = ""
    agent_hour: Money = 0


class Sip(Table, frozen=True):
    """`[sip]`: where the exchange listens for signalling, and how phones prove themselves."""

    listen: tuple[Text, ...] = ("udp:0.0.0.0:5060", "tcp:0.0.0.0:5060")
    external: Text = ""
    realm: Text = "agner"
    digest: tuple[Digest, ...] = ("md5", "sha-256")
    certificate: Text = ""
    key: Text = ""
    register_min_s: SomeSeconds = 60
    register_max_s: SomeSeconds = 3600
    session_expires_s: Annotated[float, Meta(ge=90, le=DAY_S)] = 1800
    dscp: Dscp = 24


class Media(Table, frozen=True):
    """`[media]`: the ports and codecs of sound, the music of waiting callers, the tones."""

    listen: Text = "0.0.0.0"
    ports: tuple[Port, Port] = (10000, 19999)
    codecs: tuple[Codec, ...] = ("PCMA", "PCMU")
    music: Text = ""
    tones: Country = "itu"
    dscp: Dscp = 46


class Api(Table, frozen=True):
    """`[api]`: the two local sockets; an empty path lies in the data directory."""

    control: Text = ""
    monitor: Text = ""
    control_group: Text = "pbx-admin"
    monitor_group: Text = "pbx-monitor"
    mask: tuple[Role, ...] = ()


class Limits(Table, frozen=True):
    """`[limits]`: what the exchange holds at most."""

    max_call_s: SomeSeconds = 14_400
    ring_s: SomeSeconds = 60
    media_timeout_s: Seconds = 60
    calls_per_extension: SomeCount = 8
    diversions: SomeCount = 5
    calls_per_trunk: SomeCount = 2000
    calls_per_site: SomeCount = 2000
    contacts_per_extension: SomeCount = 10
    transactions: SomeCount = 100_000
    connections: SomeCount = 600
    connections_per_address: SomeCount = 50
    login_failures: SomeCount = 10
    login_failures_s: SomeSeconds = 60
    ban_s: SomeSeconds = 900
    clients: SomeCount = 64
    events: SomeCount = 100_000
    idem_keys: SomeCount = 10_000

    max_call_ms = Milliseconds("max_call_s")
    ring_ms = Milliseconds("ring_s")
    media_timeout_ms = Milliseconds("media_timeout_s")


class Journal(Table, frozen=True):
    """`[journal]`: how much of the journal is kept."""

    bytes_max: Annotated[int, Meta(ge=1 << 20)] = 512 << 20
    age_max_s: Annotated[float, Meta(ge=3600, le=3660 * DAY_S)] = 8 * DAY_S
    records_per_file: Annotated[int, Meta(ge=100, le=10_000_000)] = 10_000


class Recording(Table, frozen=True):
    """`[recording]`: the notice callers hear first, and how much is kept."""

    notice: Text = "recording_notice"
    age_max_s: Annotated[float, Meta(ge=3600, le=3660 * DAY_S)] = 30 * DAY_S
    bytes_max: Annotated[int, Meta(ge=1 << 20)] = 100 << 30
    free_min: Annotated[float, Meta(ge=0.05, le=0.95)] = 0.05


class Retention(Table, frozen=True):
    """`[retention]`: for how many days rows of the record are kept; 0: for ever."""

    calls_days: Days = 1095
    events_days: Days = 400


class Codes(Table, frozen=True):
    """`[codes]`: what an extension dials to do something; an empty code is switched off."""

    login: Code = "*11"
    logout: Code = "*12"
    pause: Code = "*13"
    ready: Code = "*14"
    end_wrap_up: Code = "*15"
    pickup: Code = "*8"
    do_not_disturb: Code = "*78"
    disturb: Code = "*79"
    night: Code = ""


class Extension(Table, frozen=True):
    """`[extension.NUMBER]`: a phone, registered with a password or at a fixed contact."""

    name: Text = ""
    password: Text = ""
    password_file: Text = ""
    contact: Text = ""
    ping_s: Seconds = 0
    call_waiting: bool = True
    codecs: tuple[Codec, ...] = ()
    digest: tuple[Digest, ...] = ()
    divert_out: bool = False
    transfer_out: bool = False
    symmetric: Symmetric = "auto"

    ping_ms = Milliseconds("ping_s")


class Trunk(Table, frozen=True):
    """`[trunk.NAME]`: a way to and from the outside."""

    driver: Text = "sip_gateway"
    host: Text = ""
    allow: tuple[Text, ...] = ()
    channels: Count = 0
    username: Text = ""
    password: Text = ""
    password_file: Text = ""
    realm: Text = ""
    register: bool = False
    register_s: SomeSeconds = 3600
    caller_id: Text = ""
    ping_s: Seconds = 0
    timeout_s: SomeSeconds = 3
    codecs: tuple[Codec, ...] = ()
    symmetric: Symmetric = "auto"

    ping_ms = Milliseconds("ping_s")
    timeout_ms = Milliseconds("timeout_s")


class Route(Table, frozen=True, kw_only=True):
    """`[[route]]`: where a called number leads; the first that matches wins."""

    from_: Text = msgspec.field(name="from", default="any")
    called: str | tuple[str, ...] = "*"  # a pattern (as in Text) in a union crashes msgspec 0.22
    hours: Text = ""
    strip: Annotated[int, Meta(ge=0, le=40)] = 0
    prepend: Text = ""
    to: Text
    transit: bool = False
    language: Language = ""
    credit_s: Seconds = 0

    credit_ms = Milliseconds("credit_s")

    @property
    def patterns(self) -> tuple[str, ...]:
        """`called` as a tuple, also where the file has one text."""
        return (self.called,) if isinstance(self.called, str) else self.called


class Hours(Table, frozen=True):
    """`[hours.NAME]`: when a route is open; `open_dates` beats `closed` beats `open`."""

    open: tuple[Text, ...] = ()
    closed: tuple[Text, ...] = ()
    open_dates: tuple[Text, ...] = ()


class Menu(Table, frozen=True):
    """`[menu.NAME]`: a prompt, and where each key leads."""

    prompt: Text = ""
    language: Language = ""
    keys: dict[str, Text] = msgspec.field(default_factory=dict)
    timeout_s: SomeSeconds = 5
    retries: Annotated[int, Meta(ge=0, le=10)] = 2
    otherwise: Text = ""

    timeout_ms = Milliseconds("timeout_s")


class RingGroup(Table, frozen=True):
    """`[group.NAME]`: extensions that ring together or one after the other."""

    members: tuple[Text, ...] = ()
    strategy: Literal["ring_all", "linear"] = "ring_all"
    ring_s: SomeSeconds = 20
    otherwise: Text = ""

    ring_ms = Milliseconds("ring_s")


class Voicemail(Table, frozen=True):
    """`[voicemail.NAME]`: a mailbox."""

    pin: Pin = ""
    email: Text = ""


class AmiUser(Table, frozen=True):
    """`[ami.user.NAME]`: a program that may connect to the manager interface."""

    secret: Text = ""
    write: bool = False


class Ami(Table, frozen=True):
    """`[ami]`: the Asterisk manager interface, off unless listed."""

    listen: Text = "127.0.0.1:5038"
    user: dict[str, AmiUser] = msgspec.field(default_factory=dict)


class User(Table, frozen=True):
    """`[user.NAME]`: an account of the machine and what it may do on socket and console."""

    unix: Text = ""
    role: Role = "monitor"
    extension: Text = ""


class Settings(Table, frozen=True):
    """The whole configuration, as loaded; never changed, only replaced."""

    site: Site = Site()
    sip: Sip = Sip()
    media: Media = Media()
    api: Api = Api()
    limits: Limits = Limits()
    journal: Journal = Journal()
    recording: Recording = Recording()
    retention: Retention = Retention()
    codes: Codes = Codes()
    extension: dict[str, Extension] = msgspec.field(default_factory=dict)
    trunk: dict[str, Trunk] = msgspec.field(default_factory=dict)
    route: tuple[Route, ...] = ()
    hours: dict[str, Hours] = msgspec.field(default_factory=dict)
    queue: dict[str, Queue] = msgspec.field(default_factory=dict)
    agent: dict[str, Agent] = msgspec.field(default_factory=dict)
    menu: dict[str, Menu] = msgspec.field(default_factory=dict)
    group: dict[str, RingGroup] = msgspec.field(default_factory=dict)
    voicemail: dict[str, Voicemail] = msgspec.field(default_factory=dict)
    team: dict[str, Team] = msgspec.field(default_factory=dict)
    target: dict[str, Target] = msgspec.field(default_factory=dict)
    rate: dict[str, Rate] = msgspec.field(default_factory=dict)
    ami: Ami | None = None
    user: dict[str, User] = msgspec.field(default_factory=dict)

    @property
    def control_path(self) -> str:
        """The control socket's path."""
        return self.api.control or f"{self.site.data}/control.sock"

    @property
    def monitor_path(self) -> str:
        """The monitor socket's path."""
        return self.api.monitor or f"{self.site.data}/monitor.sock"

    def codecs_for(self, party: Extension | Trunk) -> tuple[str, ...]:
        """The codecs of a phone or trunk, best first: its own or the site's."""
        return party.codecs or self.media.codecs

    def digest_for(self, extension: Extension) -> tuple[str, ...]:
        """The digests a phone is challenged with, in this order: its own or the site's."""
        return extension.digest or self.sip.digest

    def channels_of(self, trunk: Trunk) -> int:
        """How many calls a trunk carries at most."""
        return trunk.channels or self.limits.calls_per_trunk


def to_json(settings: Settings, *, secrets: bool = True) -> bytes:
    """`settings` as JSON, for the journal; with `secrets=False` all secrets are left empty."""
    if secrets:
        return msgspec.json.encode(settings)
    return msgspec.json.encode(_blanked(msgspec.to_builtins(settings)))


def from_json(data: bytes) -> Settings:
    """The settings that `to_json` wrote; raises `msgspec.DecodeError` for any other bytes."""
    return msgspec.json.decode(data, type=Settings)


def version(settings: Settings) -> str:
    """A short hash of the whole configuration, the same whatever the order of its tables."""
    plain = msgspec.json.encode(from_json(to_json(settings)), order="sorted")  # 15 is 15.0
    return hashlib.blake2b(plain, digest_size=8).hexdigest()


def _blanked(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "" if k in SECRETS else _blanked(v) for k, v in value.items()}
    return [_blanked(item) for item in value] if isinstance(value, list | tuple) else value
