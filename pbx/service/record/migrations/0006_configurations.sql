-- Configurations that came into force: the files each was made of, whole, secrets and all.
-- 200 are kept and 20 MB of text, the newest in any case; the oldest go.

CREATE TABLE configurations (
    n INTEGER PRIMARY KEY,          -- in their order
    version TEXT NOT NULL,          -- the hash that system.configured tells
    t REAL NOT NULL,                -- when it came into force
    who TEXT NOT NULL,              -- asked for it: start, signal, or the user of the socket
    bytes INTEGER NOT NULL,         -- of its files
    overrides TEXT NOT NULL,        -- key=value of the command line: JSON, a list
    files TEXT NOT NULL             -- JSON: [[path, text], ...], the lowest layer first
);

CREATE TRIGGER configurations_bounded AFTER INSERT ON configurations
BEGIN
    DELETE FROM configurations WHERE n < new.n AND (
        n <= new.n - 200
        OR (SELECT sum(bytes) FROM configurations AS later WHERE later.n >= configurations.n)
           > 20000000
    );
END;
