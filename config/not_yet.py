"""Settings that are understood but not served yet: each gets a warning until its issue is done,
or an error where the exchange would not start with it.

A pattern is a dotted path in which `*` stands for any one key or item, with `=VALUE` at its end
for one value only (`*` at the end of it for any rest). A setting that is empty, 0 or false is off
and gets no warning; a table counts when it is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from config.lines import Path
from config.problems import Finding

NOT_YET = {
    "ami": "the manager interface is not served yet",
    "voicemail.*": "voicemail is not served yet",
    "extension.*.contact=*;transport=tls*": "TLS is not served yet: this phone is not reached",
    "extension.*.contact=sips:*": "TLS is not served yet: this phone is not reached",
    "queue.*.dial_s": "callbacks are not served yet: this setting does nothing",
    "queue.*.exit_keys.*=callback": "callbacks are not served yet: this key does nothing",
    "sip.certificate": "TLS is not served yet: this setting does nothing",
    "sip.key": "TLS is not served yet: this setting does nothing",
    "trunk.*.driver=modem": "this driver is not served yet: the trunk carries no calls",
    "trunk.*.driver=simulated": "this driver is not served yet: the trunk carries no calls",
    "trunk.*.driver=smdr": "this driver is not served yet: the trunk carries no calls",
    "trunk.*.host=srv:*": "SRV records are not looked up yet: the trunk carries no calls",
    "trunk.*.host=tls:*": "TLS is not served yet: the trunk carries no calls",
    "user.*.extension": "listening in is not served yet",
}
REFUSED = {"sip.listen.*=tls:*": 'TLS is not served yet: "udp:" and "tcp:" are'}
_DRIVER = "trunk.*.driver="


def drivers_to_come() -> list[str]:
    """The trunk drivers that are understood and not served yet."""
    return [key.removeprefix(_DRIVER) for key in NOT_YET if key.startswith(_DRIVER)]


def not_served(
    data: Mapping[str, Any], patterns: Mapping[str, str], *, is_error: bool = False
) -> Iterator[Finding]:
    """A warning (or error) for each setting in the raw tables that one of `patterns` names."""
    for pattern, text in patterns.items():
        keys, _, wanted = pattern.partition("=")
        for path in _found(data, tuple(keys.split(".")), wanted=wanted):
            yield Finding(path, text, is_error)


def _found(value: Any, keys: tuple[str, ...], *, wanted: str) -> Iterator[Path]:
    if not keys:
        if fnmatchcase(str(value), wanted) if wanted else value or isinstance(value, dict):
            yield ()
        return
    items = enumerate(value) if isinstance(value, list) else _items(value)
    for key, item in items:
        if keys[0] in ("*", key):
            yield from ((key, *rest) for rest in _found(item, keys[1:], wanted=wanted))


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    return iter(value.items()) if isinstance(value, dict) else iter(())
