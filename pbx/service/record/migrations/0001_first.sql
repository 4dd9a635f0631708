-- The record: a row per call, its segments, the notes that figures derive from.
-- Times are epoch seconds; a time that was never reached is NULL, a text that is not there is ''.

CREATE TABLE calls (
    id TEXT NOT NULL PRIMARY KEY,
    direction TEXT NOT NULL,        -- in out internal
    source TEXT NOT NULL,           -- trunk:NAME extension:NUMBER
    calling TEXT NOT NULL,
    called TEXT NOT NULL,
    trunk TEXT NOT NULL,
    queue TEXT NOT NULL,
    agent TEXT NOT NULL,            -- the first that answered
    started REAL NOT NULL,
    answered REAL,                  -- the caller was answered, by whomever
    connected REAL,                 -- caller and called heard each other
    ended REAL NOT NULL,
    outcome TEXT NOT NULL,
    cause INTEGER NOT NULL,         -- Q.850
    ended_by TEXT NOT NULL,
    wait_s REAL NOT NULL,
    talk_s REAL NOT NULL,
    hold_s REAL NOT NULL,
    recording TEXT NOT NULL,
    name TEXT NOT NULL,             -- the caller's, as shown
    extension TEXT NOT NULL,        -- that answered, or was called
    sip_call_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX calls_started ON calls (started);

CREATE TABLE segments (
    call TEXT NOT NULL,
    n INTEGER NOT NULL,
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    agent TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (call, n)
) WITHOUT ROWID;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    t REAL NOT NULL,
    type TEXT NOT NULL,
    call TEXT NOT NULL,
    queue TEXT NOT NULL,
    agent TEXT NOT NULL,
    data TEXT NOT NULL              -- the other fields, as JSON
);
CREATE INDEX events_t ON events (t);

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Asterisk's 18 columns, one row per call. Whole seconds are cut off as Asterisk does.
CREATE VIEW cdr AS
SELECT
    '' AS accountcode,
    calling AS src,
    called AS dst,
    CASE WHEN source LIKE 'trunk:%' THEN substr(source, 7) ELSE 'extensions' END AS dcontext,
    CASE WHEN name = '' THEN calling
         ELSE '"' || replace(name, '"', '') || '" <' || calling || '>' END AS clid,
    'SIP/' || substr(source, instr(source, ':') + 1) || '-' || substr(id, -8) AS channel,
    CASE WHEN queue <> '' AND agent <> '' THEN 'Agent/' || agent || '-' || substr(id, -8)
         WHEN extension <> '' THEN 'SIP/' || extension || '-' || substr(id, -8)
         WHEN direction = 'out' THEN 'SIP/' || trunk || '-' || substr(id, -8)
         ELSE '' END AS dstchannel,
    CASE WHEN queue <> '' THEN 'Queue' ELSE 'Dial' END AS lastapp,
    CASE WHEN queue <> '' THEN queue
         WHEN direction = 'out' THEN 'SIP/' || called || '@' || trunk
         WHEN extension <> '' THEN 'SIP/' || extension
         ELSE 'SIP/' || called END AS lastdata,
    started AS start,
    answered AS answer,
    ended AS "end",
    CAST(round(ended - started, 3) AS INTEGER) AS duration,
    CASE WHEN answered IS NULL THEN 0
         ELSE CAST(round(ended - answered, 3) AS INTEGER) END AS billsec,
    CASE WHEN answered IS NOT NULL THEN 'ANSWERED'
         WHEN outcome = 'busy' THEN 'BUSY'
         WHEN outcome IN ('failed', 'refused') THEN 'FAILED'
         ELSE 'NO ANSWER' END AS disposition,
    'DOCUMENTATION' AS amaflags,
    id AS uniqueid,
    '' AS userfield
FROM calls;
