"""Agents and the phones they sit at: who is logged in, paused, reachable, and on which extension.

An agent with `login = "auto"` is in while a phone is bound to its extension (a fixed contact
always is); one with `"manual"` says so by code, socket or console. Logout and pause outlive
re-registration and restart. Any leg at the extension keeps the agent from being offered calls.
"""

from __future__ import annotations

from config.settings import Settings
from kernel.acd import engine as kernel
from pbx.call import Leg
from pbx.events import Bound, Refused, Unbound
from pbx.notes import AgentLogged, AgentPaused, DeviceChanged, TrunkFilled
from pbx.queue.acd import Acd
from pbx.state import AgentRecord, Device, State, Turn

DND = "dnd"  # the reason of the pause that do-not-disturb is to an agent
LOST_RETRY_MS = 30_000  # a fixed phone that nobody pings is tried again after this long


class Agents:
    """The people behind the queues, by agent number."""

    def __init__(self, state: State, turn: Turn, *, acd: Acd) -> None:
        self.state = state
        self.turn = turn
        self.acd = acd
        self.engine: kernel.Engine = acd.engine
        self._at: dict[str, list[AgentRecord]] = {}

    def configure(self, before: Settings, now: int) -> None:
        """Tell the engine every agent of the settings now in force; who was logged in or paused
        `before` stays so over a reload."""
        settings = self.turn.settings
        for name in sorted(before.agent.keys() - settings.agent.keys()):
            record = self.state.agents.pop(name)
            self.engine.drop_agent(record.number, now)
            self.acd.settle(now)
        self._configure_devices(settings)
        for order, name in enumerate(sorted(settings.agent, key=self._linear_order)):
            agent = settings.agent[name]
            record = self.state.agents.get(name) or self._hired(name, now)
            if name in before.agent and before.agent[name].extension != agent.extension:
                record.extension = agent.extension
            self.engine.set_agent(
                record.number,
                order=order,
                levels=self.acd.levels(agent.skills),
                queues=[self.acd.number(queue) for queue in agent.queues],
                weight=agent.weight,
                after={self.acd.number(each): ms for each, ms in agent.after_ms.items()},
            )
        self.reindex()

    def _hired(self, name: str, now: int) -> AgentRecord:
        agent = self.turn.settings.agent[name]
        number = self.state.number_of("agent:" + name)
        wanted = agent.login == "auto"
        record = AgentRecord(name, number, agent.extension, wanted, since_ms=now)
        self.state.agents[name] = record
        return record

    def _linear_order(self, name: str) -> tuple[int, int, str]:
        """Agents by their `order`, then by number: 99 before 100."""
        return self.turn.settings.agent[name].order, len(name), name

    def reindex(self) -> None:
        """Note who sits where, after agents or their extensions changed."""
        self._at = {}
        for record in self.state.agents.values():
            self._at.setdefault(record.extension, []).append(record)
        self.acd.reindex()

    def _configure_devices(self, settings: Settings) -> None:
        for number, extension in settings.extension.items():
            self.state.device(number).fixed = bool(extension.contact)
        for number in [number for number in self.state.devices if number not in settings.extension]:
            del self.state.devices[number]

    def refresh_all(self, now: int) -> None:
        """Bring every agent's standing in line with its phone, after a start or a reload."""
        for record in self.state.agents.values():
            self._refresh(record, now)

    def at(self, extension: str) -> list[AgentRecord]:
        """The agents who sit at an extension, usually one."""
        return self._at.get(extension, [])

    # ---- phones --------------------------------------------------------------------------

    def bound(self, fact: Bound, now: int) -> None:
        """A phone registered; it is there again if it was taken for lost."""
        device = self.state.device(fact.extension)
        was = device.is_reachable
        device.bindings[fact.contact] = fact
        device.lost = False
        self._reachable(device, was, now)

    def unbound(self, fact: Unbound, now: int) -> None:
        """A phone's binding has gone."""
        device = self.state.device(fact.extension)
        was = device.is_reachable
        device.bindings.pop(fact.contact, None)
        self._reachable(device, was, now)

    def device_lost(self, extension: str, now: int) -> None:
        """The phone does not answer: nobody rings it until it registers or answers again."""
        device = self.state.devices.get(extension)
        if device is None or device.lost:
            return
        was, device.lost = device.is_reachable, True
        if device.fixed:
            self.state.at(now + LOST_RETRY_MS, "device", key=extension)
        self._reachable(device, was, now)

    def device_found(self, extension: str, now: int) -> None:
        """The phone answers again."""
        device = self.state.devices.get(extension)
        if device is not None and device.lost:
            was, device.lost = device.is_reachable, False
            self._reachable(device, was, now)

    def answers(self, party: str, now: int) -> None:
        """A leg's far end gave a sign of life, so its phone is not lost."""
        kind, _, name = party.partition(":")
        if kind == "extension":
            self.device_found(name, now)

    def _reachable(self, device: Device, was: bool, now: int) -> None:
        if device.is_reachable != was:
            wall = self.state.wall(now)
            self.turn.notes.append(DeviceChanged(device.extension, device.is_reachable, wall))
        for record in self.at(device.extension):
            self._refresh(record, now)

    def _refresh(self, record: AgentRecord, now: int) -> None:
        """Tell the engine whether the agent has a phone and is logged in, where that changed."""
        device = self.state.device(record.extension)
        bound = device.fixed or bool(device.bindings)
        agent = self.turn.settings.agent[record.agent]
        inside = record.wanted and (bound or agent.login == "manual")
        inside = inside and not self._at_desk(record, record.extension)
        if device.is_reachable != record.device_up:
            record.device_up = device.is_reachable
            self.engine.device(now, record.number, record.device_up)
        if inside != record.logged_in:
            record.logged_in = inside
            (self.engine.login if inside else self.engine.logout)(now, record.number)
            self.turn.notes.append(
                AgentLogged(
                    record.agent,
                    inside,
                    record.extension,
                    tuple(agent.queues),
                    self.state.wall(now),
                )
            )
        self.acd.settle(now)

    def _at_desk(self, record: AgentRecord, extension: str) -> str:
        """The other agent who is logged in at a phone, if one is: one at a time."""
        others = (each for each in self.at(extension) if each is not record and each.logged_in)
        return next((each.agent for each in others), "")

    # ---- legs ----------------------------------------------------------------------------

    def leg_added(self, leg: Leg, now: int) -> None:
        """A leg that is no offer came up at somebody's phone: that agent is busy."""
        kind, _, extension = leg.party.partition(":")
        if kind != "extension":
            used = self.state.channels[extension] = self.state.channels.get(extension, 0) + 1
            self._filled(extension, used, is_full=True, now=now)
            return
        self.state.device(extension).legs.append(leg.number)
        leg.busy = [record.agent for record in self.at(extension)]
        for record in self.at(extension):
            self.engine.leg_added(now, record.number)
        self.acd.settle(now)

    def _filled(self, trunk: str, used: int, *, is_full: bool, now: int) -> None:
        """Say so where `used` channels are all that a trunk has."""
        settings = self.turn.settings
        if trunk in settings.trunk and used == settings.channels_of(settings.trunk[trunk]):
            self.turn.notes.append(TrunkFilled(trunk, is_full, used, self.state.wall(now)))

    def leg_removed(self, leg: Leg, now: int) -> None:
        """Such a leg has gone; the agent is free when the phone is."""
        kind, _, name = leg.party.partition(":")
        if kind != "extension":
            self._filled(name, self.state.channels[name], is_full=False, now=now)
            self.state.channels[name] -= 1
            return
        device = self.state.devices.get(name)
        if device is not None and leg.number in device.legs:
            device.legs.remove(leg.number)
        busy, leg.busy = leg.busy, []
        for name in busy:
            self.engine.leg_removed(now, self.state.number_of("agent:" + name))
        self.acd.settle(now)

    def disturb(self, extension: str, wanted: bool, now: int) -> None:
        """Do-not-disturb at a phone: direct calls meet it as busy, its agents are paused."""
        self.state.device(extension).dnd = not wanted
        for record in self.at(extension):
            if not wanted and not record.paused:
                self.pause(record.agent, DND, by="code", now=now)
            elif wanted and record.paused and record.reason == DND:
                self.unpause(record.agent, "code", now)

    def is_offered(self, extension: str) -> bool:
        """Whether the phone rings for a queue: direct calls meet it as busy (protocol rule 6)."""
        return any(record.state == "offered" for record in self.at(extension))

    # ---- wishes --------------------------------------------------------------------------

    def login(self, agent: str, extension: str, now: int) -> Refused | None:
        """Log an agent in, at `extension` or where it last sat."""
        record = self.state.agents.get(agent)
        if record is None:
            return self._unknown(agent)
        if extension and extension not in self.turn.settings.extension:
            return Refused("not_found", f'there is no extension "{extension}"')
        taken = self._at_desk(record, extension or record.extension)
        if taken:
            return Refused(
                "busy", f"agent {taken} is logged in at that extension; log it out first"
            )
        if extension and extension != record.extension:
            if record.state not in ("logged_out", "ready", "paused", "unreachable"):
                return Refused("busy", f"agent {agent} has a call; move when it has ended")
            record.extension = extension
            self.reindex()
        record.wanted = True
        self._refresh(record, now)
        if not record.logged_in:
            return Refused(
                "unreachable",
                f"no phone is registered at extension {record.extension}; "
                f"agent {agent} is logged in as soon as one is",
            )
        return None

    def logout(self, agent: str, now: int) -> Refused | None:
        """Log an agent out; a call it has goes on."""
        record = self.state.agents.get(agent)
        if record is None:
            return self._unknown(agent)
        record.wanted = False
        self._refresh(record, now)
        return None

    def pause(self, agent: str, reason: str, *, by: str, now: int) -> Refused | None:
        """Pause an agent; during a call the pause starts after wrap-up."""
        record = self.state.agents.get(agent)
        if record is None:
            return self._unknown(agent)
        record.paused, record.reason = True, reason
        self.engine.pause(now, record.number)
        self._noted(record, by, now)
        return None

    def unpause(self, agent: str, by: str, now: int) -> Refused | None:
        """Let an agent take calls again, and end its wrap-up."""
        record = self.state.agents.get(agent)
        if record is None:
            return self._unknown(agent)
        was, record.paused, record.reason = record.paused, False, ""
        self.engine.unpause(now, record.number)
        self.engine.end_wrap_up(now, record.number)
        if was:
            self._noted(record, by, now)
        self.acd.settle(now)
        return None

    def end_wrap_up(self, agent: str, now: int) -> None:
        """The agent is done with the work after a call."""
        self.engine.end_wrap_up(now, self.state.agents[agent].number)
        self.acd.settle(now)

    def wrap_up(self, agent: str, more_ms: int, now: int) -> Refused | None:
        """Give an agent more time after its call, or (0) end it; what is left is never cut."""
        record = self.state.agents.get(agent)
        if record is None:
            return self._unknown(agent)
        if record.state != "wrap_up":
            return Refused("refused", f"agent {agent} is {record.state}, not in wrap_up")
        if more_ms:
            self.engine.extend_wrap_up(now, record.number, now + more_ms)
        else:
            self.engine.end_wrap_up(now, record.number)
        self.acd.settle(now)
        return None

    def _noted(self, record: AgentRecord, by: str, now: int) -> None:
        queues = tuple(self.turn.settings.agent[record.agent].queues)
        wall = self.state.wall(now)
        self.turn.notes.append(
            AgentPaused(record.agent, record.paused, record.reason, by, queues, wall)
        )
        self.acd.settle(now)

    def _unknown(self, agent: str) -> Refused:
        return Refused("not_found", f'there is no agent "{agent}"')
