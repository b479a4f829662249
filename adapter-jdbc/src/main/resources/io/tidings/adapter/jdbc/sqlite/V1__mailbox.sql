-- The mailbox of Tidings on SQLite 3.35 or newer. Times are milliseconds since 1970, in UTC.

-- Numbers of the whole mailbox: the version of this schema, and the highest epoch of mailboxes that were removed.
CREATE TABLE tidings_state (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);

-- One row a user; every append writes it, which is what orders a user's messages.
-- user_key is the tenant (empty for none), a line feed, and the user's id.
CREATE TABLE tidings_mailbox (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    user_key       TEXT NOT NULL UNIQUE,
    epoch          INTEGER NOT NULL DEFAULT 0,
    last_offset    INTEGER NOT NULL DEFAULT 0,
    last_at        INTEGER NOT NULL DEFAULT 0,
    first_offset   INTEGER NOT NULL DEFAULT 1,
    trimmed_offset INTEGER NOT NULL DEFAULT 0,
    previous_epoch INTEGER NOT NULL DEFAULT 0,
    previous_last  INTEGER NOT NULL DEFAULT 0,
    generation     INTEGER NOT NULL DEFAULT 0,
    used_day       INTEGER NOT NULL
);

CREATE INDEX tidings_mailbox_used_day ON tidings_mailbox (used_day);

CREATE TABLE tidings_message (
    mailbox_id      INTEGER NOT NULL,
    message_offset  INTEGER NOT NULL,
    stored_at       INTEGER NOT NULL,
    except_instance TEXT,
    source          TEXT,
    sequence        INTEGER,
    message         TEXT NOT NULL,
    PRIMARY KEY (mailbox_id, message_offset)
);

CREATE INDEX tidings_message_stored_at ON tidings_message (stored_at);

-- Idempotency keys within their window, as SHA-256 of the mailbox's id and the key.
CREATE TABLE tidings_key (
    key_hash       BLOB PRIMARY KEY,
    epoch          INTEGER NOT NULL,
    message_offset INTEGER NOT NULL,
    remembered_at  INTEGER NOT NULL
);

CREATE INDEX tidings_key_remembered_at ON tidings_key (remembered_at);

-- The highest sequence of each numbered source.
CREATE TABLE tidings_source (
    mailbox_id INTEGER NOT NULL,
    source     TEXT NOT NULL,
    sequence   INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, source)
);

-- Cursors.
CREATE TABLE tidings_device (
    mailbox_id     INTEGER NOT NULL,
    device         TEXT NOT NULL,
    epoch          INTEGER NOT NULL,
    message_offset INTEGER NOT NULL,
    attached       INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, device)
);

CREATE TABLE tidings_instance (
    mailbox_id INTEGER NOT NULL,
    device     TEXT NOT NULL,
    instance   TEXT NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (mailbox_id, device, instance)
);

INSERT INTO tidings_state (name, value) VALUES ('schema', 1), ('epoch_floor', 0);
