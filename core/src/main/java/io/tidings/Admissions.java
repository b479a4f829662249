package io.tidings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.auth.Authorizer;
import io.tidings.auth.Identity;
import io.tidings.message.ErrorCode;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.spi.HubObserver;
import io.tidings.spi.Sanitizer;
import io.tidings.spi.Scheduler;
import io.tidings.spi.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What stands between a valid request and the host's listener: the authoriser, asked of the kind, of every user that the body
 * reaches or wants to see, and of every topic that it would join; then the sanitiser. All questions together have {@link SerialQueue#MAX_TIME},
 * and an answer that comes later is forgotten.
 */
final class Admissions {

    /** The authoriser said no, failed or did not answer. */
    static final Admission FORBIDDEN = new Admission.Refused(ErrorCode.FORBIDDEN, "This is not allowed", null);

    private static final Admission FAILED = new Admission.Refused(ErrorCode.INTERNAL_ERROR, "Internal error", null);

    private final Authorizer authorizer;
    private final Sanitizer sanitizer;
    private final Ticker ticker;
    private final Scheduler scheduler;
    private final HubObserver observer;

    Admissions(Authorizer authorizer, Sanitizer sanitizer, Ticker ticker, Scheduler scheduler, HubObserver observer) {
        this.authorizer = authorizer;
        this.sanitizer = sanitizer;
        this.ticker = ticker;
        this.scheduler = scheduler;
        this.observer = observer;
    }

    /**
     * Decides on a request. Calls the authoriser and the sanitiser, so it is called where the host's code may be.
     *
     * @param kind null where the dialect does not name it among those of its clients: then nothing is known of the body
     * @return never fails
     */
    CompletionStage<Admission> admit(Identity from, @Nullable Kind kind, ObjectNode body) {
        if (kind == null) {
            return CompletableFuture.completedFuture(FAILED);
        }
        return allowed(from, questions(from, kind, body))
                .thenApply(allowed -> allowed ? sanitized(from, kind, body) : FORBIDDEN);
    }

    private List<Supplier<CompletionStage<Boolean>>> questions(Identity from, Kind kind, ObjectNode body) {
        List<Supplier<CompletionStage<Boolean>>> questions = new ArrayList<>(2);
        questions.add(() -> authorizer.mayRequest(from, kind.name()));
        String tenant = from.user().tenant();
        for (String user : kind.reached(body)) {
            UserKey other = new UserKey(tenant, user);
            questions.add(
                    kind.name().equals(Kinds.GET_PRESENCE.name())
                            ? () -> authorizer.maySee(from, other)
                            : () -> authorizer.mayReach(from, other, kind.name()));
        }
        if (kind.name().equals(Kinds.SUBSCRIBE_TOPICS.name())) {
            for (JsonNode topic : body.path("topics")) {
                questions.add(() -> authorizer.maySubscribe(from, new Topic(tenant, topic.asText())));
            }
        }
        return questions;
    }

    /** Whether all answers are yes, in time. */
    private CompletableFuture<Boolean> allowed(Identity from, List<Supplier<CompletionStage<Boolean>>> questions) {
        long until = ticker.nanos() + SerialQueue.MAX_TIME.toNanos();
        CompletableFuture<Boolean> decided = new CompletableFuture<>();
        CompletionStage<Boolean> all = CompletableFuture.completedFuture(true);
        for (Supplier<CompletionStage<Boolean>> question : questions) {
            all = all.thenCompose(soFar ->
                    soFar && !decided.isDone() ? ask(from, question) : CompletableFuture.completedFuture(false));
        }
        // An authoriser that blocked has kept the timer from being set.
        all.thenAccept(allowed -> {
            boolean late = ticker.nanos() - until >= 0;
            if (decided.complete(allowed && !late) && late) {
                failed(from, new TimeoutException("not complete after " + SerialQueue.MAX_TIME));
            }
        });
        if (!decided.isDone()) {
            Scheduler.Cancellable timer = scheduler.schedule(SerialQueue.MAX_TIME, () -> {
                if (decided.complete(false)) {
                    failed(from, new TimeoutException("not complete after " + SerialQueue.MAX_TIME));
                }
            });
            decided.thenAccept(allowed -> timer.cancel());
        }
        return decided;
    }

    /** What the authoriser says; no when it fails. */
    private CompletionStage<Boolean> ask(Identity from, Supplier<CompletionStage<Boolean>> question) {
        CompletionStage<Boolean> answer;
        try {
            answer = Objects.requireNonNull(question.get(), "the authorizer answered nothing");
        } catch (RuntimeException | Error failure) {
            failed(from, failure);
            return CompletableFuture.completedFuture(false);
        }
        return answer.handle((allowed, failure) -> {
            if (failure != null) {
                failed(from, failure);
            }
            return failure == null && Boolean.TRUE.equals(allowed);
        });
    }

    private void failed(Identity from, Throwable failure) {
        HubLog.authorizerFailed(from.user(), failure);
        observer.handlerFailed();
    }

    private Admission sanitized(Identity from, Kind kind, ObjectNode body) {
        ObjectNode clean = body.deepCopy();
        try {
            String tooLong = sanitize(kind.fields(), clean, "");
            return tooLong == null
                    ? new Admission.Granted(clean)
                    : new Admission.Refused(
                            ErrorCode.INVALID_MESSAGE, tooLong + " is too long once markup is taken out", tooLong);
        } catch (RuntimeException | Error failure) {
            HubLog.sanitizerFailed(from.user(), failure);
            observer.handlerFailed();
            return FAILED;
        }
    }

    /** Sanitises the prose of an object in place; the first field that is too long then, or null. */
    private @Nullable String sanitize(List<Field> fields, ObjectNode object, String path) {
        for (Field field : fields) {
            JsonNode value = object.path(field.name());
            if (field.type() == FieldType.PROSE && value.isTextual()) {
                String text = Objects.requireNonNull(
                        sanitizer.sanitize(field.name(), value.textValue()), "the sanitizer answered nothing");
                if (text.codePointCount(0, text.length()) > field.max()) {
                    return path + field.name();
                }
                object.put(field.name(), text);
            } else if (value instanceof ObjectNode inner) {
                String tooLong = sanitize(field.children(), inner, path + field.name() + '.');
                if (tooLong != null) {
                    return tooLong;
                }
            }
        }
        return null;
    }
}
