-- Recordings: a row per recorded call, kept when its file is deleted.

CREATE TABLE recordings (
    call TEXT NOT NULL PRIMARY KEY,
    path TEXT NOT NULL,             -- below recordings/ in the data directory
    started REAL NOT NULL,
    ended REAL,                     -- NULL while it goes on
    seconds REAL NOT NULL,          -- of sound in the file
    bytes INTEGER NOT NULL,
    state TEXT NOT NULL,            -- recording kept deleted failed
    deleted REAL,                   -- when the file was
    why TEXT NOT NULL               -- it failed, or was deleted
) WITHOUT ROWID;
CREATE INDEX recordings_started ON recordings (started);
CREATE INDEX recordings_state ON recordings (state, started);
