# cython: language_level=3, cdivision=True
"""The simulator's door: a model is checked by then; here it becomes tables, and results values."""

from array import array

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.stdlib cimport calloc
from libc.string cimport memcpy

from kernel.acd.check cimport broken
from kernel.acd.snapshot cimport pack, unpack
from kernel.acd.tables cimport STANDING_COUNT, core_free, core_init
from kernel.simulator.run cimport run_until
from kernel.simulator.start cimport add_open, sim_begin, sim_free, sim_room
from kernel.simulator.state cimport (BREAK_BEGINS, BREAK_ENDS, Cell, Demand, Known, Law,
                                     SHIFT_BEGINS, SHIFT_ENDS, Seat, Sim, Turn, WAIT_BINS)

from kernel.simulator import model as simulator_model
from kernel.simulator.result import Result

cdef enum:
    CHUNK = 1 << 20  # events between two looks at Ctrl-C

FACTS = ("enter", "leave", "answered", "bridged", "released", "login", "logout", "pause",
         "unpause", "talk_ended", "leg_removed", "advance", "customer_answered", "customer_gone")


cdef void *_table(Py_ssize_t count, size_t size) except NULL:
    cdef void *table = calloc(max(count, 1), size)
    if table == NULL:
        raise MemoryError
    return table


cdef int64_t _or_drawn(number):
    return -1 if number is None else number


cdef class Simulator:
    """See the stub."""

    cdef Sim sim
    cdef object model
    cdef bytes engine
    cdef bint is_quiet
    cdef list kept  # arrays that the tables point into

    def __cinit__(self, model not None, seed=0, *, engine=None, is_recorded=False,
                  is_digested=False):
        if not isinstance(model, simulator_model.Model):
            raise TypeError("the first argument is a simulator_model.Model")
        self.model = model
        self.kept = []
        self.engine = simulator_model.engine_of(model) if engine is None else engine
        self.sim.is_recorded, self.is_quiet = is_recorded, not is_digested
        self._write_model()
        if sim_room(&self.sim) < 0:
            raise MemoryError
        self.restart(seed)

    def __dealloc__(self):
        sim_free(&self.sim)

    # ---- the model as tables ------------------------------------------------------------------

    cdef int _write_model(self) except -1:
        cdef Sim *sim = &self.sim
        model = self.model
        sim.length_ms, sim.lines = model.length_ms, model.lines
        sim.interval_ms = model.interval_ms or model.length_ms
        sim.interval_count = model.intervals
        sim.queue_count, sim.agent_count = len(model.queues), len(model.agents)
        sim.demands = <Demand *> _table(sim.queue_count, sizeof(Demand))
        for number, queue in enumerate(model.queues):
            self._write_demand(&sim.demands[<int> number], queue)
        sim.seats = <Seat *> _table(sim.agent_count, sizeof(Seat))
        for number, agent in enumerate(model.agents):
            self._write_seat(number, agent)
        self._write_turns()
        self._write_arrivals()
        self._write_calls()

    cdef int _write_law(self, Law *row, law) except -1:
        cdef int64_t[::1] values
        cdef double[::1] sums
        row.kind, row.first, row.second = law.kind, law.first, law.second
        row.size = len(law.values)
        if law.values:
            self.kept.append(array("q", law.values))
            values = self.kept[-1]
            row.values = &values[0]
        if law.sums:
            self.kept.append(array("d", law.sums))
            sums = self.kept[-1]
            row.sums = &sums[0]

    cdef int _write_demand(self, Demand *row, queue) except -1:
        self._write_law(&row.talk, queue.talk)
        self._write_law(&row.wrap_up, queue.wrap_up)
        self._write_law(&row.patience, queue.patience)
        self._write_law(&row.redial_after, queue.redial_after)
        row.redials, row.priority = queue.redials, queue.priority
        row.overflow = -1 if queue.overflow is None else queue.overflow
        row.length_max = queue.length_max
        row.within_ms, row.short_ms = queue.within_ms, queue.short_ms
        row.credit_ms = queue.credit_ms

    cdef int _write_seat(self, int number, agent) except -1:
        cdef Seat *row = &self.sim.seats[number]
        doing = self.model.doing.get(number)
        self._write_law(&row.ring, agent.ring)
        row.misses, row.refuses, row.returns_ms = agent.misses, agent.refuses, agent.returns_ms
        row.left_ms = -1 if doing is None else _or_drawn(doing.left_ms)
        row.queue = doing.queue if doing is not None else agent.queues[0] if agent.queues else 0

    cdef int _write_turns(self) except -1:
        cdef int32_t index
        turns = []
        for number, agent in enumerate(self.model.agents):
            for kinds, spans in (((SHIFT_BEGINS, SHIFT_ENDS), agent.shifts),
                                 ((BREAK_BEGINS, BREAK_ENDS), agent.breaks)):
                turns += [(at, kind, number) for span in spans
                          for at, kind in zip(span, kinds) if at < self.model.length_ms]
        turns.sort()
        self.sim.turns = <Turn *> _table(len(turns), sizeof(Turn))
        self.sim.turn_count = len(turns)
        for index in range(len(turns)):
            at, kind, number = turns[index]
            self.sim.turns[index] = Turn(at, number, kind)

    cdef int _write_arrivals(self) except -1:
        cdef double[::1] shares
        arrivals = self.model.arrivals
        if arrivals is None or not arrivals.counts[0]:
            return 0
        sums = array("d")
        for counts in zip(*arrivals.counts):
            total = 0.0
            for count in counts:
                total += count
                sums.append(total)
        self.kept.append(sums)
        shares = sums
        self.sim.shares = &shares[0]
        self.sim.is_exact, self.sim.rate_ms = arrivals.is_exact, arrivals.interval_ms
        self.sim.rate_count = len(arrivals.counts[0])

    cdef int _write_calls(self) except -1:
        cdef int32_t index
        calls = sorted(self.model.calls, key=lambda call: call.at)
        self.sim.known = <Known *> _table(len(calls), sizeof(Known))
        self.sim.known_count = len(calls)
        for index, call in enumerate(calls):
            self.sim.known[index] = Known(
                call.at, _or_drawn(call.talk_ms), _or_drawn(call.wrap_up_ms),
                _or_drawn(call.patience_ms), call.queue)

    # ---- the run ------------------------------------------------------------------------------

    def restart(self, seed, *, is_first=True):
        """Begin anew with another seed; see the stub."""
        cdef Sim *sim = &self.sim
        cdef int32_t index
        cdef int64_t earlier = sim.start
        if not isinstance(seed, int) or not 0 <= seed < 1 << 64:
            raise ValueError(f"the seed is {seed!r}, it must be an integer of 64 bits")
        core_free(&sim.core)
        if core_init(&sim.core) < 0:
            raise MemoryError
        unpack(&sim.core, self.engine)
        if (sim.core.queue_count != sim.queue_count or sim.core.agent_count != sim.agent_count):
            raise ValueError(f"an engine of {sim.core.queue_count} queues and "
                             f"{sim.core.agent_count} agents for a model of {sim.queue_count} "
                             f"and {sim.agent_count}")
        sim.core.is_quiet, sim.core.dice = self.is_quiet, seed
        sim.is_instant = not sim.is_recorded and self._is_instant()
        for index in range(sim.turn_count):
            sim.turns[index].at += sim.core.now - earlier
        for index in range(sim.known_count):
            sim.known[index].at += sim.core.now - earlier
        sim_begin(sim, seed, is_first)
        self._sound()

    def _is_instant(self):
        return all(agent.ring == simulator_model.AT_ONCE and not agent.misses
                   and not agent.refuses for agent in self.model.agents)

    cdef int _sound(self) except -1:
        if self.sim.core.has_failed or self.sim.has_failed:
            raise MemoryError("the simulation has no memory")

    def advance(self, until_ms, events=1 << 62):
        cdef int64_t until, most, last
        cdef bint is_done = False
        if not isinstance(until_ms, int) or until_ms > self.model.length_ms:
            raise ValueError(f"until {until_ms!r} ms: the model ends at {self.model.length_ms}")
        until, last = until_ms + self.sim.start, min(self.sim.events + events, 1 << 62)
        while not is_done and self.sim.events < last:
            most = min(last - self.sim.events, <int64_t> CHUNK)
            with nogil:
                is_done = run_until(&self.sim, until, most)
            self._sound()
            PyErr_CheckSignals()
        return bool(is_done)

    def live(self, until_ms=None):
        self.advance(self.model.length_ms if until_ms is None else until_ms)

    def run(self, until_ms=None):
        self.live(until_ms)
        return self.result()

    # ---- what came of it ----------------------------------------------------------------------

    def counts(self):
        return self._result(array("I"))

    def result(self):
        cdef Py_ssize_t size = (
            sizeof(uint32_t) * self.sim.queue_count * self.sim.interval_count * WAIT_BINS)
        waits = array("I", bytes(size))
        cdef unsigned int[::1] view = waits
        memcpy(&view[0], self.sim.waits, size)
        return self._result(waits)

    cdef object _result(self, waits):
        cdef Sim *sim = &self.sim
        cdef Py_ssize_t cells = sizeof(Cell) * sim.queue_count * sim.interval_count
        cdef Py_ssize_t standings = sizeof(int64_t) * sim.interval_count * STANDING_COUNT
        counted, standing = array("q", bytes(cells)), array("q", bytes(standings))
        cdef int64_t[::1] counted_view = counted, standing_view = standing
        memcpy(&counted_view[0], sim.cells, cells)
        memcpy(&standing_view[0], sim.standing_ms, standings)
        add_open(sim, <Cell *> &counted_view[0], &standing_view[0])
        return Result(
            sim.queue_count, sim.interval_count, sim.interval_ms, self.now_ms,
            counted, standing, waits)

    @property
    def now_ms(self):
        return self.sim.now - self.sim.start

    @property
    def events(self):
        return self.sim.events

    def in_system(self):
        return (self.sim.core.entry_count, self.sim.busy_lines - self.sim.core.entry_count)

    def check(self):
        return broken(&self.sim.core)

    def digest(self):
        return self.sim.core.digest

    def snapshot(self):
        return pack(&self.sim.core)

    def facts(self):
        cdef int64_t index
        return [(self.sim.facts[index].kind, self.sim.facts[index].now,
                 self.sim.facts[index].subject, self.sim.facts[index].detail)
                for index in range(self.sim.fact_count)]
