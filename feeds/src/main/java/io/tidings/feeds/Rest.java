package io.tidings.feeds;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.Admission;
import io.tidings.Caller;
import io.tidings.Hub;
import io.tidings.auth.Identity;
import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.http.JsonBody;
import io.tidings.message.Field;
import io.tidings.message.Ids;
import io.tidings.message.Kind;
import io.tidings.message.Reading;
import io.tidings.message.UserKey;
import io.tidings.spi.Permit;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes routes for callers with a token: 401 without a good one, 429 over the caller's budget, 403 without the scope, 400 for what does
 * not hold, 403 for what the hub does not admit, then the action; 503 while the store does not do it.
 */
final class Rest {

    private static final Logger LOG = LoggerFactory.getLogger(Rest.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
    private static final String KEY = "Idempotency-Key";

    /** What services call it. */
    private static final String SERVICES_KEY = "key";

    private final Supplier<@Nullable Hub> hub;

    /**
     * Routes of a hub.
     *
     * @param hub null until there is one
     */
    Rest(Supplier<@Nullable Hub> hub) {
        this.hub = hub;
    }

    /** Answers what a caller wants to know. */
    @FunctionalInterface
    interface Read {
        /**
         * Reads it.
         *
         * @throws BadParameter when a parameter does not hold
         */
        CompletionStage<HttpResponse> read(Hub hub, Identity caller, QueryReader query);
    }

    /** Does what a caller posts. */
    @FunctionalInterface
    interface Action {
        /**
         * Does it.
         *
         * @param body canonical, admitted, its text sanitised
         * @param key  what a repeat of the same request has again, or null
         */
        CompletionStage<HttpResponse> act(Identity caller, ObjectNode body, @Nullable String key);
    }

    /** A route that reads. */
    HttpRoute get(String path, Read read) {
        return HttpRoute.get(
                path,
                request -> authenticated(
                        request,
                        (there, caller) -> permitted(
                                there.permitRead(caller.user()),
                                () -> answered(
                                        caller, Set.of(), () -> read.read(there, caller, new QueryReader(request))))));
    }

    /** A route that takes a body of a kind, with {@code Idempotency-Key}. */
    HttpRoute post(String path, Kind kind, Action action) {
        return post(path, null, kind, action);
    }

    /** The same, for callers whose token has a scope. */
    HttpRoute post(String path, @Nullable String scope, Kind kind, Action action) {
        return HttpRoute.post(
                path,
                request -> authenticated(
                        request,
                        (there, caller) -> permitted(
                                there.permit(caller.user(), kind.name()),
                                () -> scope == null || caller.scopes().contains(scope)
                                        ? act(there, caller, request, kind, action)
                                        : done(HttpErrors.forbidden("The scope " + scope + " is needed")))));
    }

    /** A refusal of the hub's, as a response. */
    static HttpResponse refusal(Admission.Refused refused) {
        return switch (refused.code()) {
            case FORBIDDEN -> HttpErrors.forbidden(refused.message());
            case INVALID_MESSAGE -> HttpErrors.invalid(refused.field(), refused.message());
            default -> HttpErrors.unavailable(refused.message(), RETRY_AFTER);
        };
    }

    static CompletionStage<HttpResponse> done(HttpResponse response) {
        return CompletableFuture.completedFuture(response);
    }

    private CompletionStage<HttpResponse> act(Hub there, Identity caller, HttpRequest request, Kind kind, Action act) {
        Optional<String> key = request.header(KEY);
        String wrongKey = key.map(Ids::problem).orElse(null);
        if (wrongKey != null) {
            return done(HttpErrors.invalid(KEY, KEY + ' ' + wrongKey));
        }
        Reading reading = JsonBody.read(request.body(), kind);
        if (reading instanceof Reading.Problem problem) {
            return done(HttpErrors.invalid(problem));
        }
        ObjectNode body = (ObjectNode) ((Reading.Value) reading).value();
        // Ids have no control characters, so a line end keeps the parts apart, and from those of connections.
        String scoped =
                key.map(each -> String.join("\n", "rest", kind.name(), each)).orElse(null);
        return there.admit(caller, kind, body)
                .thenCompose(admission -> admission instanceof Admission.Granted granted
                        ? answered(caller, names(kind), () -> act.act(caller, granted.body(), scoped))
                        : done(refusal((Admission.Refused) admission)));
    }

    private CompletionStage<HttpResponse> authenticated(HttpRequest request, Authenticated then) {
        Hub there = hub.get();
        if (there == null) {
            return done(HttpErrors.unavailable("The server is starting", RETRY_AFTER));
        }
        return there.authenticate(request)
                .thenCompose(caller -> caller instanceof Caller.Known known
                        ? then.handle(there, known.identity())
                        : done(((Caller.Unknown) caller).response()));
    }

    /** What is over the caller's budget is answered with 429, and not looked at. */
    private static CompletionStage<HttpResponse> permitted(
            Permit permit, Supplier<CompletionStage<HttpResponse>> then) {
        return permit instanceof Permit.Refused refused
                ? done(HttpErrors.tooManyRequests(refused.retryAfter()))
                : then.get();
    }

    /** What services may say of a request that does not hold. */
    private static Set<String> names(Kind kind) {
        Set<String> names = kind.fields().stream().map(Field::name).collect(Collectors.toSet());
        names.add(SERVICES_KEY);
        return names;
    }

    /** What an action answers; what it does not do is answered for. */
    private static CompletionStage<HttpResponse> answered(
            Identity caller, Set<String> names, Supplier<CompletionStage<HttpResponse>> action) {
        CompletionStage<HttpResponse> answer;
        try {
            answer = action.get();
        } catch (RuntimeException failure) {
            answer = CompletableFuture.failedFuture(failure);
        }
        return answer.handle((response, failure) -> failure == null ? response : failed(caller.user(), names, failure));
    }

    private static HttpResponse failed(UserKey caller, Set<String> names, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof BadParameter bad) {
            return HttpErrors.invalid(bad.parameter(), bad.sentence());
        }
        if (cause instanceof IllegalArgumentException problem) {
            // What services refuse begins with the name of what does not hold.
            String sentence = String.valueOf(problem.getMessage());
            String name = sentence.substring(0, Math.max(0, sentence.indexOf(' ')));
            if (names.contains(name)) {
                String field = name.equals(SERVICES_KEY) ? KEY : name;
                return HttpErrors.invalid(field, field + sentence.substring(name.length()));
            }
        }
        // The message of the exception may quote what was stored.
        LOG.error(
                "A request failed user={} failure={}", caller, cause.getClass().getName());
        return HttpErrors.unavailable("Try again later", RETRY_AFTER);
    }

    /** What follows when the caller is known. */
    @FunctionalInterface
    private interface Authenticated {
        CompletionStage<HttpResponse> handle(Hub hub, Identity caller);
    }
}
