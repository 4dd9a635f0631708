"""Queues and offers by name: the engine in `kernel.acd.engine` decides, this says it in words.

    facts by name  ->  Engine (numbers, tables, timers)  ->  actions  ->  commands and notes

Every function here ends in `settle`, which turns the engine's actions into commands (`Ring`,
`Release`, `Bridge`) and notes. What a queue gives up (`overflowed`) is left for the switch.
"""

from __future__ import annotations

from collections.abc import Callable

from config.settings import Queue, Settings
from kernel.acd import engine as kernel
from pbx.call import Call, Leg, Talk, Transfer, Visit
from pbx.commands import WIRE_GRACE_MS, Bridge, Play, Ring
from pbx.figures import queue_day
from pbx.notes import Note, Offered, OfferEnded, QueueEntered, QueueLeft, TalkEnded, TalkStarted
from pbx.queue import last_agents
from pbx.queue import setup as queue_setup
from pbx.queue.standing import Standing
from pbx.state import AgentRecord, State, Turn
from pbx.stay.recorder import Recorder
from pbx.stay.stays import Stays
from pbx.stay.voice import Voice

OUTCOMES = dict(enumerate(kernel.OUTCOMES))

Action = tuple[int, int, int, int, int]


class Acd:
    """The queues of a site: one engine, and the names around it."""

    def __init__(self, state: State, turn: Turn, *, engine: kernel.Engine, stays: Stays) -> None:
        self.state = state
        self.turn = turn
        self.engine = engine
        self.stays = stays
        self.voice: Voice = stays.voice
        self.recorder: Recorder = stays.recorder
        self.standing = Standing(state, turn)
        self.overflowed: list[tuple[Call, str]] = []
        self.lost: list[str] = []  # extensions whose phones the engine takes for lost
        self._agents: dict[int, AgentRecord] = {}
        self._obey: dict[int, Callable[[Action, int], None]] = {
            kernel.RING: self._ring,
            kernel.RELEASE: self._release,
            kernel.BRIDGE: self._bridge,
            kernel.CONFIRMED: self._confirmed,
            kernel.ENDED: self._offer_ended,
            kernel.LEFT: self._left,
            kernel.STANDING: self._standing,
            kernel.PAUSED: self._paused_by_misses,
        }

    def configure(self, before: Settings, now: int) -> None:
        """Tell the engine every queue of the settings now in force; skills and queues keep the
        numbers they had `before`."""
        settings = self.turn.settings
        for name in sorted(before.queue.keys() - settings.queue.keys()):
            self.engine.drop_queue(self.number(name), now)
        for name, queue in settings.queue.items():
            apart = queue_setup.delays(name, settings.agent.values())
            told = queue_setup.engine_settings(queue, apart, levels=self.levels)
            self.engine.set_queue(self.number(name), **told)
            if name not in self.state.days:
                today = self.state.today
                began = queue_day.day_ends_ms(today - 1, self.turn.zone) if today else 0
                self.state.days[name] = queue_day.new_day(today, began_wall_ms=began)
        self.settle(now)

    def reindex(self) -> None:
        """Note the agents by the engine's numbers."""
        self._agents = {agent.number: agent for agent in self.state.agents.values()}

    def agent(self, number: int) -> AgentRecord:
        """An agent by the engine's number; one that a reload took away has its name still."""
        if number in self._agents:
            return self._agents[number]
        numbers = self.state.numbers.items()
        name = next(key for key, each in numbers if each == number and key.startswith("agent:"))
        return AgentRecord(name.partition(":")[2], number, "", False)

    def number(self, queue: str) -> int:
        """The engine's number of a queue."""
        return self.state.number_of("queue:" + queue)

    def _settings_of(self, queue: str) -> Queue:
        """A queue's settings; the defaults for one that a reload took away under its last call."""
        return self.turn.settings.queue.get(queue) or Queue()

    def levels(self, skills: dict[str, int]) -> list[int]:
        """Skill levels by name as the engine takes them: a list by skill number."""
        levels: list[int] = []
        for name, level in skills.items():
            number = self.state.number_of("skill:" + name)
            levels += [0] * (number + 1 - len(levels))
            levels[number] = level
        return levels

    # ---- a call in a queue ---------------------------------------------------------------

    def has_room(self, name: str) -> bool:
        """Whether one more call may wait there, and somebody works there (or no way out)."""
        queue = self.turn.settings.queue[name]
        number = self.number(name)
        if queue.max_length and self.engine.length(number) >= queue.max_length:
            return False
        return not queue.overflow or self.engine.staffed(number) > 0

    def enter(self, call: Call, name: str, now: int) -> None:
        """Put a call into a queue: the caller hears music until an agent has it."""
        queue = self.turn.settings.queue[name]
        self.talk_ended(call, "transfer", now)  # an agent led into a queue itself
        entry = self.engine.enter(
            now,
            self.number(name),
            queue.priority,
            call.credit_ms + call.kept_ms,
            self._last_agent(call, queue),
            queue.last_agent_ms,
        )
        self.state.entries[entry] = call.id
        call.entries.append(entry)
        call.visits += 1
        position = self.engine.position(entry) or self.engine.length(self.number(name))
        wall = self.state.wall(now)
        call.visit = Visit(name, entry, now, position, kept_ms=call.kept_ms, entered_wall_ms=wall)
        call.kept_ms = 0
        call.queue = call.queue or name
        call.outcome = ""  # what led here has no part in how it ends
        call.begin("wait", now, queue=name)
        self.turn.commands.append(Play(call.caller, "music"))
        self.voice.waits(call, now)
        self._note(QueueEntered(call.id, name, call.calling, position, queue.priority, wall))
        self.settle(now)

    def _note(self, note: Note) -> None:
        """Leave a note that counts: it is in the queue's day at once."""
        queue_day.count(self.state.days, note)
        self.turn.notes.append(note)

    def _last_agent(self, call: Call, queue: Queue) -> int:
        """The engine's number of the agent whom the queue lets this caller wait for, or -1."""
        name = self.state.last_agents.get(call.calling, "") if queue.last_agent_s else ""
        agent = self.state.agents.get(name)
        return agent.number if agent else -1

    def turned_away(self, call: Call, name: str, now: int) -> None:
        """A call found no room, or nobody at work: counted as a visit that overflowed at once."""
        queue = self.turn.settings.queue[name]
        number = self.number(name)
        position = self.engine.length(number) + 1
        why = "empty" if self.engine.staffed(number) == 0 else "full"
        wall, level = self.state.wall(now), queue.service_level
        call.queue = call.queue or name
        call.visits += 1
        call.begin("wait", now, queue=name)  # so that the record has the visit too
        call.finish("wait", now, detail=why)
        self._note(QueueEntered(call.id, name, call.calling, position, queue.priority, wall))
        self._note(
            QueueLeft(
                call.id, name, "overflowed", why, position, position, 0, wall, "", wall,
                level.within_ms, level.short_ms,
            )
        )  # fmt: skip
        self.overflowed.append((call, name))

    def leave(self, call: Call, outcome: int, now: int) -> None:
        """A call's visit ends before an agent had it: the caller is gone, or taken elsewhere."""
        if call.visit is not None:
            self.engine.leave(now, call.visit.entry, outcome)
            self.settle(now)

    def talk_ended(self, call: Call, by: str, now: int, *, away: Transfer | None = None) -> None:
        """The talk with a queue's agent is over: note it, and start the agent's wrap-up. `away`
        is the transfer that the agent leaves by."""
        talk = call.talk
        if talk is None:
            return
        call.talk = None
        call.finish("talk", now, agent=talk.agent)
        agent = self.agent(self.state.number_of("agent:" + talk.agent))
        agent.talked, agent.talked_queue = talk.entered_as or call.id, talk.queue
        agent.talked_entered_wall_ms = talk.entered_wall_ms
        talk_ms = now - talk.started_ms
        self._note(
            TalkEnded(
                call.id, talk.queue, talk.agent, by, talk.wait_ms, talk_ms, talk.hold_ms,
                talk.position, self.state.wall(now), away.to if away else "",
                away.method if away else "", away.other if away else "",
                talk.entered_as, talk.entered_wall_ms,
            )
        )  # fmt: skip
        queue = self.turn.settings.queue.get(talk.queue)
        wrap_up_ms = queue.wrap_up_ms if queue else 0
        if by == "transfer" and queue is not None and queue.keep_wait:
            call.kept_ms = talk.wait_ms  # into a queue once more: not at its very end
        if queue is not None:
            queue_day.handled(self.state.days[talk.queue], talk_ms + wrap_up_ms)
        self.engine.talk_ended(now, agent.number, wrap_up_ms)
        self.settle(now)

    # ---- the wire's word about an offer --------------------------------------------------

    def answered(self, leg: Leg, now: int) -> None:
        """The phone of an offer was picked up."""
        self.engine.answered(now, leg.offer)
        self.settle(now)

    def bridged(self, leg: Leg, now: int) -> None:
        """Caller and agent are joined: the answer stands."""
        self.engine.bridged(now, leg.offer)
        self.settle(now)

    def released(self, leg: Leg, now: int, *, refused: bool, lost: bool) -> None:
        """The leg of an offer is gone."""
        self.engine.released(now, leg.offer, refused=refused, lost=lost)
        self.settle(now)
        self.state.offers.pop(leg.offer, None)

    def advance(self, now: int) -> None:
        """Let the engine's timers fire."""
        self.engine.advance(now)
        self.settle(now)

    # ---- the engine's actions ------------------------------------------------------------

    def settle(self, now: int) -> None:
        """Turn what the engine decided into commands and notes."""
        for action in self.engine.actions():
            self._obey[action[0]](action, now)

    def _call_of(self, entry: int) -> Call:
        return self.state.calls[self.state.entries[entry]]

    def _ring(self, action: Action, now: int) -> None:
        _, entry, agent_number, offer, why = action
        call, agent = self._call_of(entry), self.agent(agent_number)
        assert call.visit is not None
        queue = call.visit.queue
        leg = Leg(
            self.state.next_leg(),
            call.id,
            "extension:" + agent.extension,
            started_ms=now,
            offer=offer,
            agent=agent.agent,
        )
        self.state.legs[leg.number] = leg
        self.state.offers[offer] = leg.number
        call.add(leg)
        call.begin("ring", now, queue=queue, agent=agent.agent)
        self.turn.commands.append(
            Ring(
                leg.number,
                leg.party,
                agent.extension,
                call.calling,
                call.name,
                self.turn.settings.queue[queue].offer_ms + WIRE_GRACE_MS,
                call.caller,
            )
        )
        reason = kernel.REASONS[why]
        wall = self.state.wall(now)
        self.turn.notes.append(Offered(call.id, queue, agent.agent, leg.number, reason, wall))

    def _release(self, action: Action, now: int) -> None:
        _, _, _, offer, cause = action
        leg = self.state.legs.get(self.state.offers.get(offer, 0))
        if leg is not None:
            self.turn.release(leg, leg.cause or cause)

    def _bridge(self, action: Action, now: int) -> None:
        _, entry, agent_number, offer, _ = action
        call = self._call_of(entry)
        self.agent(agent_number).call = call.id
        call.face(self.state.offers[offer])
        call.play = 0
        self.turn.commands.append(Bridge(call.caller, call.partner))

    def _confirmed(self, action: Action, now: int) -> None:
        _, _, agent_number, offer, _ = action
        leg = self.state.legs[self.state.offers.pop(offer)]
        leg.offer = -1
        leg.busy = [leg.agent]  # the engine counts the leg by itself at the confirmation
        call, agent = self.state.calls[leg.call], self.agent(agent_number)
        extension = leg.party.partition(":")[2]
        self.state.device(extension).legs.append(leg.number)
        visit = call.visit
        assert visit is not None
        ring_ms = call.finish("ring", now, agent=agent.agent, detail="answered")
        wait_ms = now - visit.entered_ms
        entered_as, position = visit.entered_as, visit.entered_position
        entered = self._entered(visit)
        call.talk = Talk(
            visit.queue, agent.agent, leg.number, now, wait_ms, position,
            entered_as=entered_as, entered_wall_ms=entered,
        )  # fmt: skip
        call.face(leg.number)
        call.agent = call.agent or agent.agent
        call.extension = call.extension or extension
        if not call.was_connected:
            call.connected_ms = now
        self.recorder.talks(call, now)
        queue = self._settings_of(visit.queue)
        if queue.last_agent_s:
            last_agents.remember(self.state.last_agents, call.calling, agent=agent.agent)
        if queue.announce.agent_number:
            self.stays.enter(call, "greet", name=call.talk.agent, now=now)
        self._note(
            TalkStarted(
                call.id,
                visit.queue,
                agent.agent,
                wait_ms,
                ring_ms,
                leg.number,
                self.state.wall(now),
                entered_as,
                entered,
            )
        )

    def _entered(self, visit: Visit) -> int:
        """When a visit entered, by the wall clock of then."""
        at = visit.entered_wall_ms
        return at if at >= 0 else self.state.wall(visit.entered_ms)

    def _offer_ended(self, action: Action, now: int) -> None:
        _, entry, agent_number, offer, flags = action
        call_id = self.state.entries.get(entry, "")
        call, agent = self.state.calls.get(call_id), self.agent(agent_number)
        if call is None:
            return
        missed, reason = bool(flags & kernel.MISSED), kernel.ended_reason(flags)
        ring_ms = call.finish("ring", now, agent=agent.agent, detail=reason)
        if call.visit is not None and call.partner and call.partner == self.state.offers.get(offer):
            call.face(0)  # a grant fell: the caller waits on
            if not call.is_over:
                self.turn.commands.append(Play(call.caller, "music"))
        queue = call.visit.queue if call.visit else call.queue
        entered_as, wall = call.visit.entered_as if call.visit else "", self.state.wall(now)
        entered = self._entered(call.visit) if call.visit else call.last_entered_wall_ms
        self._note(
            OfferEnded(
                call.id, queue, agent.agent, reason, missed, ring_ms, wall, entered_as, entered
            )
        )

    def _left(self, action: Action, now: int) -> None:
        _, entry, _, position, value = action
        call = self._call_of(entry)
        visit = call.visit
        assert visit is not None
        outcome, why = OUTCOMES[value & 0xFF], kernel.WHYS[value >> 8]
        call.visit = None
        why = f"key:{visit.key}" if visit.key else why
        wait_ms = call.finish("wait", now)
        call.wait_ms += wait_ms
        if outcome == "answered":
            call.begin("talk", now, queue=visit.queue, agent=call.talk.agent if call.talk else "")
        queue = self._settings_of(visit.queue)
        call.last_entered_wall_ms = self._entered(visit)
        self._note(
            QueueLeft(
                call.id,
                visit.queue,
                outcome,
                why,
                position,
                visit.entered_position,
                wait_ms,
                self.state.wall(now),
                visit.entered_as,
                call.last_entered_wall_ms,
                queue.service_level.within_ms,
                queue.service_level.short_ms,
            )
        )
        if outcome == "overflowed":
            call.kept_ms = visit.kept_ms + wait_ms if queue.keep_wait else 0
            self.overflowed.append((call, visit.queue))

    def _standing(self, action: Action, now: int) -> None:
        _, _, agent_number, _, standing = action
        agent = self._agents.get(agent_number)
        if agent is not None and self.standing.changed(agent, standing, now):
            self.lost.append(agent.extension)

    def _paused_by_misses(self, action: Action, now: int) -> None:
        agent = self._agents[action[2]]
        self.standing.paused_by_misses(agent, self.turn.settings.agent[agent.agent].queues, now)
