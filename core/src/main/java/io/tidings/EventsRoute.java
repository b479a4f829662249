package io.tidings;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tidings.auth.Identity;
import io.tidings.dialect.Dialect;
import io.tidings.dialect.Frame;
import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Gap;
import io.tidings.mailbox.Page;
import io.tidings.message.Ids;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.spi.Permit;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A user's mailbox over plain requests: the pages that a connection resumes from, for clients that poll while they have no
 * WebSocket.
 *
 * <p>It moves no cursor. What a connection is not shown, a page leaves out too, and {@code next} passes over it.
 */
final class EventsRoute {

    static final int DEFAULT_LIMIT = 100;
    static final int MAX_LIMIT = 1_000;

    /** A page ends before the frame that would take it beyond so many characters, but has one frame at least where there is any. */
    static final int MAX_CHARACTERS = 1024 * 1024;

    private final Engine engine;
    private final Callers callers;
    private final int dialect;

    private EventsRoute(Engine engine, int dialect) {
        this.engine = engine;
        this.callers = new Callers(engine);
        this.dialect = dialect;
    }

    /** The route; its frames are those of one of the endpoints' dialects. */
    static HttpRoute of(Engine engine, String path, Dialect dialect) {
        return HttpRoute.get(path, new EventsRoute(engine, engine.dialects().indexOf(dialect))::answer);
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request) {
        return callers.identify(request)
                .thenCompose(caller -> caller instanceof Caller.Known known
                        ? permitted(known.identity(), request)
                        : done(((Caller.Unknown) caller).response()));
    }

    private CompletionStage<HttpResponse> permitted(Identity caller, HttpRequest request) {
        Permit permit =
                engine.rates().acquire(caller.user(), engine.rates().limits().reads());
        if (permit instanceof Permit.Refused refused) {
            return done(HttpErrors.tooManyRequests(refused.retryAfter()));
        }
        Optional<String> limit = request.parameter("limit");
        if (limit.isPresent() && !isLimit(limit.get())) {
            return done(HttpErrors.invalid("limit", "limit must be an integer from 1 to " + MAX_LIMIT));
        }
        String after = request.parameter("after").orElse("");
        if (after.length() > Ids.MAX_LENGTH) {
            return done(HttpErrors.invalid("after", "after must have at most " + Ids.MAX_LENGTH + " characters"));
        }
        return read(caller, request, after, limit.map(Integer::parseInt).orElse(DEFAULT_LIMIT));
    }

    private CompletionStage<HttpResponse> read(Identity caller, HttpRequest request, String after, int limit) {
        Optional<Position> position = after.isEmpty() ? Optional.of(Position.START) : MessageId.positionIn(after);
        String instance = request.parameter("instance").orElse(null);
        Set<String> categories =
                request.parameter("categories").map(HubAcceptor::words).orElse(null);
        return engine.read(caller.user(), position.orElse(Position.START), limit)
                .handle((page, failure) -> page == null
                        ? HttpErrors.unavailable(engine.unavailable())
                        : HttpResponse.json(
                                200, json(page, position.isPresent() ? null : after, instance, categories)));
    }

    /** Put together as text: the frames are JSON already. */
    private String json(
            Page page, @Nullable String unreadable, @Nullable String instance, @Nullable Set<String> categories) {
        StringBuilder json = new StringBuilder("{\"items\":[");
        Position next = page.next();
        boolean any = false;
        for (Entry entry : page.entries()) {
            Frame frame = isShown(entry, instance, categories)
                    ? engine.durable(entry.message(), entry.position()).frame(dialect)
                    : null;
            if (frame != null) {
                String text = frame.text();
                if (any && json.length() + text.length() > MAX_CHARACTERS) {
                    next = before(entry.position());
                    break;
                }
                json.append(any ? "," : "").append(text);
                any = true;
            }
        }
        json.append("],\"next\":\"").append(MessageId.of(next)).append('"');
        Gap gap = page.gap();
        if (unreadable != null) {
            gap(json, unreadable, held(page), Gap.Reason.UNKNOWN);
        } else if (gap != null) {
            gap(json, MessageId.of(gap.from()).toString(), gap.to(), gap.reason());
        }
        return json.append('}').toString();
    }

    private static boolean isShown(Entry entry, @Nullable String instance, @Nullable Set<String> categories) {
        if (instance != null && instance.equals(entry.except())) {
            return false;
        }
        String category = entry.message().category();
        return categories == null || category == null || categories.contains(category);
    }

    private static void gap(StringBuilder json, String from, Position to, Gap.Reason reason) {
        json.append(",\"gap\":")
                .append(JsonNodeFactory.instance
                        .objectNode()
                        .put("from", from)
                        .put("to", MessageId.of(to).toString())
                        .put("reason", reason.name().toLowerCase(Locale.ROOT)));
    }

    /** The position just before what is held. */
    private static Position held(Page page) {
        return page.entries().isEmpty()
                ? page.head()
                : before(page.entries().get(0).position());
    }

    private static Position before(Position position) {
        return new Position(position.epoch(), position.offset() - 1);
    }

    private static boolean isLimit(String text) {
        return text.matches("[0-9]{1,4}") && Integer.parseInt(text) >= 1 && Integer.parseInt(text) <= MAX_LIMIT;
    }

    private static CompletionStage<HttpResponse> done(HttpResponse response) {
        return CompletableFuture.completedFuture(response);
    }
}
