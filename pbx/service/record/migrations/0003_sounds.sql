-- What went over each leg of a call: a row when its sockets are closed.

CREATE TABLE sounds (
    leg INTEGER NOT NULL PRIMARY KEY,
    call TEXT NOT NULL,
    party TEXT NOT NULL,            -- trunk:NAME extension:NUMBER
    codec TEXT NOT NULL,            -- PCMA PCMU
    packets_in INTEGER NOT NULL,
    packets_out INTEGER NOT NULL,
    lost INTEGER NOT NULL,          -- on the way to us
    loss REAL NOT NULL,             -- the same as a share of what was sent, 0 to 1
    far_loss REAL NOT NULL,         -- on the way from us, as the far end's last report says
    jitter_ms REAL NOT NULL,        -- RFC 3550 A.8
    rtt_ms REAL,                    -- NULL: the far end sends no reports
    mos REAL                        -- 1 to 4.41 by the E-model (ITU-T G.107); NULL: nothing came
);
CREATE INDEX sounds_call ON sounds (call);
