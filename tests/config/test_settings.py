"""The defaults, their file, the JSON of the journal, and that no secret is shown."""

from __future__ import annotations

import tomllib
from typing import Annotated, Any, get_args, get_origin

import msgspec
import pytest

from config.kinds import Table
from config.settings import (
    Agent,
    AmiUser,
    Extension,
    Limits,
    Queue,
    Relax,
    Route,
    Settings,
    Trunk,
    from_json,
    to_json,
    version,
)
from tests.shared import ROOT

DEFAULTS = tomllib.loads((ROOT / "config" / "defaults.toml").read_text())


def struct_in(kind: Any) -> Any:
    """The struct that a table, a list of tables or an optional table is made of, else None."""
    if isinstance(kind, type) and issubclass(kind, Table):
        return kind
    if get_origin(kind) is Annotated:
        return None
    return next((found for each in get_args(kind) if (found := struct_in(each))), None)


def an_item(value: Any) -> Any:
    """What stands under NAME or NUMBER, or the first of a list of tables."""
    if isinstance(value, list):
        return value[0]
    return value.get("NAME", value.get("NUMBER", value.get("BEGINNING", value)))


def differences(kind: Any, table: dict[str, Any], path: str) -> list[str]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    found = [f"{path}{key}" for key in sorted(fields.keys() ^ table.keys())]
    for key in fields.keys() & table.keys():
        field, value = fields[key], table[key]
        inner = struct_in(field.type)
        if inner is not None and value != []:
            found += differences(inner, an_item(value), f"{path}{key}.")
        elif not field.required and msgspec.to_builtins(default_of(field)) != as_tuple(value):
            found.append(f"{path}{key}: {value!r}")
    return found


def default_of(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def test_defaults_toml_and_the_structs_name_the_same_settings_and_values() -> None:
    assert differences(Settings, DEFAULTS, "") == []


def test_defaults_toml_explains_each_table() -> None:
    text = (ROOT / "config" / "defaults.toml").read_text()
    bare = [line for line in text.splitlines() if line.startswith("listen") and "#" not in line]
    assert not bare


def test_seconds_come_as_whole_milliseconds_too() -> None:
    queue = Queue(offer_s=1.5, wrap_up_s=0.0015, max_wait_s=300)
    assert (queue.offer_ms, queue.wrap_up_ms, queue.max_wait_ms) == (1500, 2, 300_000)
    assert Limits().max_call_ms == 4 * 3600 * 1000
    assert Relax(after_s=40).after_ms == 40_000
    assert all(isinstance(ms, int) for ms in (queue.offer_ms, queue.retry_ms, Limits().ring_ms))


def test_the_offer_protocols_times_have_its_defaults() -> None:
    queue = Queue()
    assert (queue.confirm_s, queue.dial_s, queue.release_s, queue.retry_s) == (5, 30, 4, 10)


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings().site.name = "other"  # type: ignore[misc]


def a_site() -> Settings:
    return Settings(
        extension={"201": Extension(name="Li Na", password="wWtR5Ixq9mLr2Bd0")},
        trunk={"gateway": Trunk(host="192.168.1.20", password="Zk3nTq8Vd1Xs6Hy4")},
        route=(Route(from_="gateway", called=("4001", "5*"), to="queue:sales"),),
        queue={"sales": Queue(skills={"sales": 2}, relax=(Relax(after_s=40),))},
        agent={"2001": Agent(name="王小明", extension="201", pin="8264")},
    )


def test_json_gives_the_same_settings_again() -> None:
    settings = a_site()
    assert from_json(to_json(settings)) == settings
    assert version(from_json(to_json(settings))) == version(settings)


def test_bytes_that_are_no_settings_are_refused() -> None:
    for data in (b"", b"[]", b'{"sites": {}}', b'{"queue": {"a": {"offer_s": -1}}}'):
        with pytest.raises(msgspec.DecodeError):
            from_json(data)


def test_json_without_secrets_holds_none_and_all_else() -> None:
    plain = to_json(a_site(), secrets=False)
    assert not any(secret in plain for secret in (b"wWtR5", b"Zk3nT", b"8264"))
    assert from_json(plain).agent["2001"].name == "王小明"
    assert from_json(plain).route == a_site().route


def test_the_version_changes_with_a_value_and_not_with_the_order_of_tables() -> None:
    one = Settings(queue={"a": Queue(), "b": Queue(offer_s=20)})
    other = Settings(queue={"b": Queue(offer_s=20.0), "a": Queue()})
    assert version(one) == version(other) != version(Settings(queue={"a": Queue(), "b": Queue()}))


def test_the_version_sees_the_order_of_routes() -> None:
    routes = (Route(called="1", to="hangup"), Route(called="1*", to="hangup"))
    assert version(Settings(route=routes)) != version(Settings(route=routes[::-1]))


def test_no_repr_shows_a_secret() -> None:
    shown = repr(a_site()) + repr(AmiUser(secret="Gm5Yc0Lp7Ja2")) + repr(a_site().__rich_repr__())
    assert "***" in shown
    assert not any(secret in shown for secret in ("wWtR5", "Zk3nT", "8264", "Gm5Yc"))


def test_a_phone_and_a_trunk_fall_back_to_the_sites_codecs_digests_and_channels() -> None:
    settings = a_site()
    assert settings.codecs_for(Extension()) == ("PCMA", "PCMU")
    assert settings.codecs_for(Trunk(codecs=("PCMU",))) == ("PCMU",)
    assert settings.digest_for(Extension()) == ("md5", "sha-256")
    assert settings.digest_for(Extension(digest=("md5",))) == ("md5",)
    assert settings.channels_of(Trunk()) == 2000
    assert settings.channels_of(Trunk(channels=30)) == 30


def test_the_sockets_lie_in_the_data_directory_unless_told() -> None:
    assert Settings().control_path == "/var/lib/pbx/control.sock"
    assert Settings().monitor_path == "/var/lib/pbx/monitor.sock"
