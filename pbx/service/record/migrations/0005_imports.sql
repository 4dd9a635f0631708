-- Imports: the logs of other systems that were taken over, a row each.
-- The events of import N have the numbers from -N * 2^40 on, which the exchange's never meet: they
-- follow in the order of the log's calls, so whoever wants the order of time asks for `t, seq`.
-- An imported call's id is SOURCE:ID, by the log's own id or a row's time and hash, its source import:SOURCE.

CREATE TABLE imports (
    number INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,           -- the system it came from, as --source names it
    kind TEXT NOT NULL,             -- queue_log Master.csv bank csv
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,           -- of the file
    told TEXT NOT NULL,             -- how it was read: time zone and columns
    begun REAL NOT NULL,
    ended REAL,                     -- NULL: cut off, goes on when the file is imported again
    items INTEGER NOT NULL,         -- of the log that are in; below 0: its undo was cut off
    rows INTEGER NOT NULL,          -- of the file
    calls INTEGER NOT NULL,         -- that came of them
    known INTEGER NOT NULL,         -- that were here already
    broken INTEGER NOT NULL,        -- rows that made no sense
    first REAL,                     -- when the first and the last of the calls came
    last REAL
);
