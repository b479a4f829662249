-- Messages, notifications, counts and the outbox of Tidings on SQLite 3.38 or newer. Times are milliseconds since 1970, in UTC.
-- Run it with a history of its own: its versions have nothing to do with those of the mailbox.

-- The version of this schema, and the name under which users' mailboxes number what comes from here.
CREATE TABLE tidings_feed_state (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- The last id of messages and notifications; every transaction writes it first, which is how it waits its turn.
CREATE TABLE tidings_feed_id (
    last INTEGER NOT NULL
);

-- One row a user; every transaction writes those of its users.
-- user_key is the tenant (empty for none), a line feed, and the user's id. unseen is a JSON object of counts by category.
CREATE TABLE tidings_feed_head (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    user_key       TEXT NOT NULL UNIQUE,
    unread         INTEGER NOT NULL DEFAULT 0,
    unread_version INTEGER NOT NULL DEFAULT 0,
    unseen         TEXT NOT NULL DEFAULT '{}',
    unseen_version INTEGER NOT NULL DEFAULT 0,
    last_sequence  INTEGER NOT NULL DEFAULT 0,
    relayed        INTEGER NOT NULL DEFAULT 0,
    relay          TEXT NOT NULL DEFAULT '',
    relay_until    INTEGER NOT NULL DEFAULT 0,
    last_seen_at   INTEGER NOT NULL DEFAULT 0
);

-- Whose outbox is not empty.
CREATE INDEX tidings_feed_head_waiting ON tidings_feed_head (relay_until) WHERE relayed < last_sequence;

CREATE TABLE tidings_feed_message (
    id          INTEGER NOT NULL,
    sender_id   INTEGER NOT NULL,
    receiver_id INTEGER NOT NULL,
    content     TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER,
    PRIMARY KEY (receiver_id, id)
);

CREATE INDEX tidings_feed_message_sent ON tidings_feed_message (sender_id, id);

CREATE INDEX tidings_feed_message_pair ON tidings_feed_message (sender_id, receiver_id, id);

-- message is the canonical JSON of a message.
CREATE TABLE tidings_feed_notification (
    id         INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    category   TEXT NOT NULL,
    message    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER,
    PRIMARY KEY (user_id, id)
);

CREATE INDEX tidings_feed_notification_category ON tidings_feed_notification (user_id, category, id);

CREATE INDEX tidings_feed_notification_unseen ON tidings_feed_notification (user_id, id) WHERE seen_at IS NULL;

CREATE INDEX tidings_feed_notification_unseen_category ON tidings_feed_notification (user_id, category, id)
    WHERE seen_at IS NULL;

-- What users are still to be told, without holes.
CREATE TABLE tidings_feed_outbox (
    user_id         INTEGER NOT NULL,
    sequence        INTEGER NOT NULL,
    message         TEXT NOT NULL,
    durable         INTEGER NOT NULL,
    except_instance TEXT,
    PRIMARY KEY (user_id, sequence)
);

-- Keys of what was done already, as SHA-256 of the user's number and the key, in Base64.
CREATE TABLE tidings_feed_key (
    key_hash      TEXT PRIMARY KEY,
    id            INTEGER NOT NULL,
    remembered_at INTEGER NOT NULL
);

CREATE INDEX tidings_feed_key_remembered_at ON tidings_feed_key (remembered_at);

INSERT INTO tidings_feed_id (last) VALUES (0);

INSERT INTO tidings_feed_state (name, value)
VALUES ('schema', '1'), ('source', 'feeds-' || lower(hex(randomblob(16))));
