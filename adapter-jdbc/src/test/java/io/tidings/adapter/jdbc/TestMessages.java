package io.tidings.adapter.jdbc;

import io.tidings.mailbox.Append;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Idempotency;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.UserKey;

/** Messages that are one text. */
final class TestMessages {

    private static final Kind TEXT = Kind.of("test.text", Field.of("text", FieldType.TEXT));

    private TestMessages() {}

    static Message message(String text) {
        return Message.of(TEXT).set("text", text).build();
    }

    static Append append(UserKey user, String text) {
        return new Append(user, message(text), Idempotency.NONE, null);
    }

    static Append keyed(UserKey user, String text, String key) {
        return new Append(user, message(text), new Idempotency.Key(key), null);
    }

    static String text(Entry entry) {
        return entry.message().body().path("text").asText();
    }
}
