-- What is counted, by quarters of an hour, so that no report has to read every event. All of it
-- follows from `events` and `calls` and is written with them; `pbx verify-figures` proves it, and
-- makes it anew. `start` is the quarter's first second, whole 900 s since the epoch.
-- A visit to a queue counts, with all that becomes of it, in the quarter it entered.

CREATE TABLE queue_quarters (
    start INTEGER NOT NULL,
    queue TEXT NOT NULL,
    agent TEXT NOT NULL,            -- '' for what no agent had a part in
    offered INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    abandoned INTEGER NOT NULL,
    overflowed INTEGER NOT NULL,
    exited INTEGER NOT NULL,
    answered_within INTEGER NOT NULL,   -- the queue's service_level.within_s, as it then was
    abandoned_within INTEGER NOT NULL,
    abandoned_short INTEGER NOT NULL,   -- the queue's service_level.short_s
    answered_wait_ms INTEGER NOT NULL,
    abandoned_wait_ms INTEGER NOT NULL,
    taken INTEGER NOT NULL,         -- by the agent: talks that began, and how long each had rung
    ring_ms INTEGER NOT NULL,
    missed INTEGER NOT NULL,        -- offers that came to nothing and count as missed
    missed_ring_ms INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    handled INTEGER NOT NULL,       -- talks that have ended, talk with hold
    talk_ms INTEGER NOT NULL,
    hold_ms INTEGER NOT NULL,
    transferred INTEGER NOT NULL,
    wrapped INTEGER NOT NULL,       -- wrap-ups that have ended
    wrap_up_ms INTEGER NOT NULL,
    PRIMARY KEY (start, queue, agent)
) WITHOUT ROWID;

-- How long agents stood how, by the clock: a state is cut at each quarter, and counted when it ends.
CREATE TABLE agent_quarters (
    start INTEGER NOT NULL,
    agent TEXT NOT NULL,
    state TEXT NOT NULL,            -- as in agent_states
    reason TEXT NOT NULL,
    begun INTEGER NOT NULL,         -- states that began in this quarter
    ms INTEGER NOT NULL,
    PRIMARY KEY (start, agent, state, reason)
) WITHOUT ROWID;

-- A call counts in the quarter it began; use is cut at each quarter and counted when the call ends.
CREATE TABLE trunk_quarters (
    start INTEGER NOT NULL,
    trunk TEXT NOT NULL,
    calls_in INTEGER NOT NULL,
    answered_in INTEGER NOT NULL,
    calls_out INTEGER NOT NULL,
    answered_out INTEGER NOT NULL,
    used_ms INTEGER NOT NULL,       -- of all its channels together
    filled INTEGER NOT NULL,        -- how often the last free channel was taken
    full_ms INTEGER NOT NULL,       -- while no channel was free
    PRIMARY KEY (start, trunk)
) WITHOUT ROWID;

CREATE TABLE agent_states (
    started REAL NOT NULL,
    agent TEXT NOT NULL,
    ended REAL,                     -- NULL: goes on
    state TEXT NOT NULL,            -- ready offered talking wrap_up paused busy unreachable
    reason TEXT NOT NULL,           -- of a pause
    call TEXT NOT NULL,
    PRIMARY KEY (started, agent)
) WITHOUT ROWID;
CREATE INDEX agent_states_open ON agent_states (agent) WHERE ended IS NULL;
