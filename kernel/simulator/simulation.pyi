"""The simulator: a model's days, lived by the queue engine that also takes the live calls.

The same model and seed give the same days, to the event; models that differ in their agents alone
get the same callers. Nothing of it holds the GIL while it runs.
"""

from typing import Final

from kernel.simulator.model import Model
from kernel.simulator.result import Result

FACTS: Final[tuple[str, ...]]  # the engine's methods, by the numbers of `facts`

class Simulator:
    def __init__(
        self,
        model: Model,
        seed: int = 0,
        *,
        engine: bytes | None = None,
        is_recorded: bool = False,
        is_digested: bool = False,
    ) -> None:
        """Begin with `engine` (a snapshot; its queues and agents have the model's numbers), or as
        the model says. Raises ValueError: a seed beyond 64 bits, an engine that does not fit."""

    def restart(self, seed: int, *, is_first: bool = True) -> None:
        """Begin anew with another seed; what was counted is gone, the waits' distribution only
        where it `is_first`."""

    def run(self, until_ms: int | None = None) -> Result:
        """Live up to `until_ms` from the beginning (default, and at most: the model's length)."""

    def live(self, until_ms: int | None = None) -> None:
        """As `run`, but what was counted is looked at later."""

    def advance(self, until_ms: int, events: int = ...) -> bool:
        """Live at most so many events up to `until_ms`; whether that was reached."""

    def result(self) -> Result:
        """What has been counted so far."""

    def counts(self) -> Result:
        """The same without the distribution of waits, which is most of it."""

    @property
    def now_ms(self) -> int:
        """From the beginning."""

    @property
    def events(self) -> int: ...
    def in_system(self) -> tuple[int, int]:
        """(in queues, with agents)."""

    def check(self) -> list[str]:
        """The engine's invariants that do not hold; empty when sound."""

    def digest(self) -> int:
        """The engine's, over all facts and actions; only where `is_digested`."""

    def snapshot(self) -> bytes:
        """The engine at this moment."""

    def facts(self) -> list[tuple[int, int, int, int]]:
        """(number of FACTS, now, subject, detail) since the beginning, where `is_recorded`; `now`
        by the engine's clock. enter: queue, priority; leave: entry, outcome; released: offer,
        refused; talk_ended: agent, wrap-up."""
