"""The kinds of value a setting may have, with their limits, and what all tables share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

DAY_S = 86_400
SECRETS = frozenset({"password", "pin", "secret"})

Seconds = Annotated[float, Meta(ge=0, le=30 * DAY_S)]
SomeSeconds = Annotated[float, Meta(ge=0.001, le=30 * DAY_S)]  # 1 ms is the least there is
Count = Annotated[int, Meta(ge=0, le=10_000_000)]
SomeCount = Annotated[int, Meta(ge=1, le=10_000_000)]
Days = Annotated[int, Meta(ge=0, le=36_600)]  # a hundred years
Weight = Annotated[int, Meta(ge=1, le=1000)]
Level = Annotated[int, Meta(ge=0, le=100)]
Dscp = Annotated[int, Meta(ge=0, le=63)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Text = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f\x7f-\x9f]*\Z",
        max_length=1000,
        description="text of up to 1000 characters, none of them a control character",
    ),
]
Pin = Annotated[str, Meta(pattern=r"^[0-9]{0,16}\Z", description="up to 16 digits in quotes")]
Code = Annotated[
    str,
    Meta(pattern=r"^([*#][0-9*#]{0,7})?\Z", description='a code such as "*11", or "" for none'),
]
Group = Annotated[str, Meta(pattern=r"^[a-z]{1,8}\Z", description="1 to 8 small letters")]
Skills = dict[Text, Level]
Codec = Literal["PCMA", "PCMU"]
Digest = Literal["md5", "sha-256"]
Symmetric = Literal["auto", "never", "always"]
Language = Literal["", "en", "zh"]
Country = Literal["itu", "cn", "de", "fr", "gb", "jp", "us"]
Role = Literal["admin", "supervisor", "integrator", "monitor"]
Strategy = Literal[
    "longest_idle",
    "round_robin",
    "linear",
    "ring_all",
    "fewest_calls",
    "least_talk",
    "least_occupied",
    "random",
    "weighted",
]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the configuration; its repr never shows a password, a PIN or a secret."""

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({fields})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        fields = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return [(k, "***" if k in SECRETS and v else v) for k, v in fields]


class Milliseconds:
    """A derived attribute: the setting named `of`, seconds, in whole milliseconds."""

    __slots__ = ("of",)

    def __init__(self, of: str) -> None:
        self.of = of

    def __get__(self, table: object, owner: type) -> int:
        seconds: float = getattr(table, self.of)
        return round(seconds * 1000)
