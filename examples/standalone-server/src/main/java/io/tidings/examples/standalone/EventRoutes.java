package io.tidings.examples.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.auth.Identity;
import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Ids;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/events}: the caller's mailbox, the same pages that a connection resumes from. */
final class EventRoutes {

    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final Mailbox mailbox;
    private final EventFrames frames;

    private EventRoutes(Mailbox mailbox, EventFrames frames) {
        this.mailbox = mailbox;
        this.frames = frames;
    }

    static List<HttpRoute> of(Rest rest, Mailbox mailbox, EventFrames frames) {
        return List.of(rest.get("/api/v1/events", new EventRoutes(mailbox, frames)::read));
    }

    private CompletionStage<HttpResponse> read(Identity caller, HttpRequest request) {
        Optional<String> limit = request.parameter("limit");
        if (limit.isPresent() && !isLimit(limit.get())) {
            return Rest.answer(HttpErrors.invalid("limit", "limit must be an integer from 1 to " + MAX_LIMIT));
        }
        String after = request.parameter("after").orElse("");
        if (after.length() > Ids.MAX_LENGTH) {
            return Rest.answer(
                    HttpErrors.invalid("after", "after must have at most " + Ids.MAX_LENGTH + " characters"));
        }
        Optional<Position> position = after.isEmpty() ? Optional.of(Position.START) : MessageId.positionIn(after);
        return mailbox.read(
                        caller.user(),
                        position.orElse(Position.START),
                        limit.map(Integer::parseInt).orElse(DEFAULT_LIMIT))
                .thenApply(page -> HttpResponse.json(
                        200, json(page, position.isPresent() ? null : after).toString()));
    }

    private JsonNode json(Page page, @Nullable String unreadable) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode items = json.putArray("items");
        for (Entry entry : page.entries()) {
            frames.frame(entry.message(), MessageId.of(entry.position())).ifPresent(items::add);
        }
        json.put("next", MessageId.of(page.next()).toString());
        Gap gap = page.gap();
        if (unreadable != null) {
            gap(json, unreadable, held(page), Gap.Reason.UNKNOWN);
        } else if (gap != null) {
            gap(json, MessageId.of(gap.from()).toString(), gap.to(), gap.reason());
        }
        return json;
    }

    private static void gap(ObjectNode json, String from, Position to, Gap.Reason reason) {
        json.putObject("gap")
                .put("from", from)
                .put("to", MessageId.of(to).toString())
                .put("reason", reason.name().toLowerCase(Locale.ROOT));
    }

    /** The position just before what is held. */
    private static Position held(Page page) {
        if (page.entries().isEmpty()) {
            return page.head();
        }
        Position first = page.entries().get(0).position();
        return new Position(first.epoch(), first.offset() - 1);
    }

    private static boolean isLimit(String text) {
        return text.matches("[0-9]{1,4}") && Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= MAX_LIMIT;
    }
}
