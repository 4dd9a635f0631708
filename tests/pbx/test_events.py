"""What goes through the exchange is a value: nobody changes it on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pbx import commands, events, notes
from pbx.events import Value


def every_kind(of: type[Value] = Value) -> Iterator[type[Value]]:
    for kind in of.__subclasses__():
        yield kind
        yield from every_kind(kind)


@pytest.mark.parametrize("kind", list(every_kind()))
def test_facts_commands_and_notes_are_frozen_and_go_out_under_their_names(kind: type[Value]):
    config = kind.__struct_config__
    assert config.frozen and config.array_like and config.tag == kind.__name__


def test_every_vocabulary_was_asked():
    asked = {kind.__module__ for kind in every_kind()}
    assert {module.__name__ for module in (commands, events, notes)} <= asked
