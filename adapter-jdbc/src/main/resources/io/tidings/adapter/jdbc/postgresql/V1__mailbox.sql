-- The mailbox of Tidings on PostgreSQL 12 or newer. Times are milliseconds since 1970, in UTC.

-- Numbers of the whole mailbox: the version of this schema, and the highest epoch of mailboxes that were removed.
CREATE TABLE tidings_state (
    name  text   PRIMARY KEY,
    value bigint NOT NULL
);

-- One row a user; every append locks it until it commits, which is what orders a user's messages.
-- user_key is the tenant (empty for none), a line feed, and the user's id.
CREATE TABLE tidings_mailbox (
    id             bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_key       text    COLLATE "C" NOT NULL UNIQUE,
    epoch          bigint  NOT NULL DEFAULT 0,
    last_offset    bigint  NOT NULL DEFAULT 0,
    last_at        bigint  NOT NULL DEFAULT 0,
    first_offset   bigint  NOT NULL DEFAULT 1,
    trimmed_offset bigint  NOT NULL DEFAULT 0,
    previous_epoch bigint  NOT NULL DEFAULT 0,
    previous_last  bigint  NOT NULL DEFAULT 0,
    generation     bigint  NOT NULL DEFAULT 0,
    used_day       integer NOT NULL
) WITH (fillfactor = 50);

CREATE INDEX tidings_mailbox_used_day ON tidings_mailbox (used_day);

CREATE TABLE tidings_message (
    mailbox_id      bigint NOT NULL,
    message_offset  bigint NOT NULL,
    stored_at       bigint NOT NULL,
    except_instance text,
    source          text,
    sequence        bigint,
    message         text   NOT NULL,
    PRIMARY KEY (mailbox_id, message_offset)
);

CREATE INDEX tidings_message_stored_at ON tidings_message (stored_at);

-- Idempotency keys within their window, as SHA-256 of the mailbox's id and the key.
CREATE TABLE tidings_key (
    key_hash       bytea  PRIMARY KEY,
    epoch          bigint NOT NULL,
    message_offset bigint NOT NULL,
    remembered_at  bigint NOT NULL
);

CREATE INDEX tidings_key_remembered_at ON tidings_key (remembered_at);

-- The highest sequence of each numbered source.
CREATE TABLE tidings_source (
    mailbox_id bigint NOT NULL,
    source     text   COLLATE "C" NOT NULL,
    sequence   bigint NOT NULL,
    PRIMARY KEY (mailbox_id, source)
);

-- Cursors.
CREATE TABLE tidings_device (
    mailbox_id     bigint NOT NULL,
    device         text   COLLATE "C" NOT NULL,
    epoch          bigint NOT NULL,
    message_offset bigint NOT NULL,
    attached       bigint NOT NULL,
    PRIMARY KEY (mailbox_id, device)
);

CREATE TABLE tidings_instance (
    mailbox_id bigint NOT NULL,
    device     text   COLLATE "C" NOT NULL,
    instance   text   COLLATE "C" NOT NULL,
    generation bigint NOT NULL,
    PRIMARY KEY (mailbox_id, device, instance)
);

INSERT INTO tidings_state (name, value) VALUES ('schema', 1), ('epoch_floor', 0);
