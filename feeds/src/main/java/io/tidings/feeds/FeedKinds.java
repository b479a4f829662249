package io.tidings.feeds;

import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Ids;
import io.tidings.message.Kind;

/** What users and services ask of feeds by REST alone, as kinds: for authorisers, limits, and the reading of bodies. */
public final class FeedKinds {

    private static final int MAX_TITLE = 200;

    /** A notification by a service; {@code type} is the level. */
    public static final Kind POST_NOTIFICATION = Kind.of(
                    "notification.post",
                    Field.of("userId", FieldType.ID),
                    Field.of("title", FieldType.PROSE),
                    Field.of("message", FieldType.PROSE),
                    Field.word("type", "INFO", "SUCCESS", "WARNING", "ERROR").optional(),
                    Field.of("category", FieldType.TEXT).max(Ids.MAX_LENGTH).optional(),
                    Field.word("priority", "LOW", "NORMAL", "HIGH", "URGENT").optional(),
                    Field.of("actionUrl", FieldType.LINK).optional())
            .reaching("userId");

    /** Something that a user did to what another owns. */
    public static final Kind INTERACTION = Kind.of(
                    "interaction",
                    Field.word("type", "like", "comment", "follow", "mention", "reply"),
                    Field.of("ownerId", FieldType.ID),
                    Field.object(
                            "target",
                            Field.of("type", FieldType.TEXT).max(Ids.MAX_LENGTH),
                            Field.of("id", FieldType.ID),
                            Field.of("title", FieldType.PROSE).max(MAX_TITLE),
                            Field.of("thumbUrl", FieldType.LINK).optional()))
            .reaching("ownerId");

    private FeedKinds() {}
}
