-- Messages, notifications, counts and the outbox of Tidings on PostgreSQL 12 or newer. Times are milliseconds since 1970, in UTC.
-- Run it with a history of its own: its versions have nothing to do with those of the mailbox.

-- The version of this schema, and the name under which users' mailboxes number what comes from here.
CREATE TABLE tidings_feed_state (
    name  text PRIMARY KEY,
    value text NOT NULL
);

-- Ids of messages and notifications, taken in blocks of 128 while the rows of their users are locked. A cache would hand them out
-- out of order.
CREATE SEQUENCE tidings_feed_id INCREMENT BY 128 MINVALUE 1 CACHE 1;

-- One row a user; every transaction locks those of its users until it commits.
-- user_key is the tenant (empty for none), a line feed, and the user's id. unseen is a JSON object of counts by category.
CREATE TABLE tidings_feed_head (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_key       text   COLLATE "C" NOT NULL UNIQUE,
    unread         bigint NOT NULL DEFAULT 0,
    unread_version bigint NOT NULL DEFAULT 0,
    unseen         text   NOT NULL DEFAULT '{}',
    unseen_version bigint NOT NULL DEFAULT 0,
    last_sequence  bigint NOT NULL DEFAULT 0,
    relayed        bigint NOT NULL DEFAULT 0,
    relay          text   NOT NULL DEFAULT '',
    relay_until    bigint NOT NULL DEFAULT 0,
    last_seen_at   bigint NOT NULL DEFAULT 0
);

-- Whose outbox is not empty.
CREATE INDEX tidings_feed_head_waiting ON tidings_feed_head (relay_until) WHERE relayed < last_sequence;

CREATE TABLE tidings_feed_message (
    id          bigint NOT NULL,
    sender_id   bigint NOT NULL,
    receiver_id bigint NOT NULL,
    content     text   NOT NULL,
    created_at  bigint NOT NULL,
    seen_at     bigint,
    PRIMARY KEY (receiver_id, id)
);

CREATE INDEX tidings_feed_message_sent ON tidings_feed_message (sender_id, id);

CREATE INDEX tidings_feed_message_pair ON tidings_feed_message (sender_id, receiver_id, id);

-- message is the canonical JSON of a message.
CREATE TABLE tidings_feed_notification (
    id         bigint NOT NULL,
    user_id    bigint NOT NULL,
    category   text   COLLATE "C" NOT NULL,
    message    text   NOT NULL,
    created_at bigint NOT NULL,
    seen_at    bigint,
    PRIMARY KEY (user_id, id)
);

CREATE INDEX tidings_feed_notification_category ON tidings_feed_notification (user_id, category, id);

CREATE INDEX tidings_feed_notification_unseen ON tidings_feed_notification (user_id, id) WHERE seen_at IS NULL;

CREATE INDEX tidings_feed_notification_unseen_category ON tidings_feed_notification (user_id, category, id)
    WHERE seen_at IS NULL;

-- What users are still to be told, without holes.
CREATE TABLE tidings_feed_outbox (
    user_id         bigint  NOT NULL,
    sequence        bigint  NOT NULL,
    message         text    NOT NULL,
    durable         boolean NOT NULL,
    except_instance text,
    PRIMARY KEY (user_id, sequence)
);

-- Keys of what was done already, as SHA-256 of the user's number and the key, in Base64.
CREATE TABLE tidings_feed_key (
    key_hash      text   COLLATE "C" PRIMARY KEY,
    id            bigint NOT NULL,
    remembered_at bigint NOT NULL
);

CREATE INDEX tidings_feed_key_remembered_at ON tidings_feed_key (remembered_at);

INSERT INTO tidings_feed_state (name, value)
VALUES ('schema', '1'),
       ('source', 'feeds-' || to_hex((extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
                  || '-' || to_hex((random() * 9007199254740991)::bigint));
