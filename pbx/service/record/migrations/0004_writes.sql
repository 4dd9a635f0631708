-- Writes of the socket that were done, by their idem key, for as long as they may be sent again.

CREATE TABLE writes (
    who TEXT NOT NULL,              -- the user that asked
    idem TEXT NOT NULL,
    t REAL NOT NULL,                -- when it was done
    method TEXT NOT NULL,
    params TEXT NOT NULL,           -- JSON
    result TEXT NOT NULL,           -- JSON: {"result": ...} or {"refused": [code, reason]}
    PRIMARY KEY (who, idem)
) WITHOUT ROWID;
