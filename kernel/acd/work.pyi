"""Work items that are not calls, a message or a ticket, in the same queues; see `engine`.

The rule, in full in kernel/acd/items.pyx: an item is offered to an agent who is READY, serves its
queue, reaches the levels of its first stage and holds fewer of its kind than their capacity. Calls
come first, and see nothing of items. Actions are OFFER_ITEM, TAKE_BACK_ITEM and LEFT_ITEM.
"""

class Working:
    """What `Engine` is told and asked about items; the engine's setting-up is below it."""

    def enter_item(self, now: int, queue: int, priority: int, kind: int) -> int:
        """An item joins: its number, rising, never reused. Raises ValueError: unknown queue, a
        kind that is not 1 .. KINDS_MAX - 1; OverflowError: ITEMS_MAX."""

    def item_taken(self, now: int, item: int, agent: int) -> bool:
        """The agent takes what they are offered: whether it is theirs; False where it was taken
        back meanwhile."""

    def item_refused(self, now: int, item: int, agent: int) -> bool:
        """The agent lets it pass: no item is offered to them for the queue's `retry_ms`."""

    def item_done(self, now: int, item: int) -> bool:
        """The item is done; False, and nothing happens, unless somebody had taken it."""

    def item_cancelled(self, now: int, item: int) -> bool:
        """Nobody wants it done any more; False if it was gone."""

    def item_state(self, item: int) -> tuple[int, int]:
        """(index of ITEM_STATES, agent who has it or -1)."""

    def items_waiting(self, queue: int, kind: int) -> list[int]:
        """The items of a kind that wait, the next one first."""

    def items_of(self, agent: int) -> list[tuple[int, int]]:
        """(item, state) of each item that the agent holds, by number."""

    def item_counts(self, queue: int) -> tuple[int, int, int, int]:
        """(entered, done, cancelled, given up) since the queue was first set."""
