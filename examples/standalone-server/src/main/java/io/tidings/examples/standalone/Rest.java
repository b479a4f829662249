package io.tidings.examples.standalone;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.Admission;
import io.tidings.Caller;
import io.tidings.auth.Identity;
import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import io.tidings.http.HttpResponse;
import io.tidings.http.HttpRoute;
import io.tidings.http.JsonBody;
import io.tidings.message.Ids;
import io.tidings.message.Kind;
import io.tidings.message.Reading;
import io.tidings.spi.Permit;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes routes for callers with a token: 401 without a good one, 429 over the caller's budget, 403 without the scope, 400 for a bad
 * body, 403 for what the hub does not admit, then the action.
 */
final class Rest {

    private final LateHub hub;

    Rest(LateHub hub) {
        this.hub = hub;
    }

    /** Does what a caller posts. */
    @FunctionalInterface
    interface Action {
        /**
         * Does it.
         *
         * @param body canonical
         * @param key  what a repeat of the same request has again, or null
         */
        CompletionStage<HttpResponse> act(Identity caller, ObjectNode body, @Nullable String key);
    }

    /** A route that takes a body of a kind, with {@code Idempotency-Key}. */
    HttpRoute post(String path, Kind kind, Action action) {
        return HttpRoute.post(
                path,
                request -> authenticated(
                        request,
                        caller -> permitted(
                                hub.get().permit(caller.user(), kind.name()),
                                () -> act(caller, request, kind, action))));
    }

    /** The same, for callers whose token has a scope. */
    HttpRoute post(String path, String scope, Kind kind, Action action) {
        return HttpRoute.post(
                path,
                request -> authenticated(
                        request,
                        caller -> permitted(
                                hub.get().permit(caller.user(), kind.name()),
                                () -> caller.scopes().contains(scope)
                                        ? act(caller, request, kind, action)
                                        : answer(HttpErrors.forbidden("The scope " + scope + " is needed")))));
    }

    /** What is over the caller's budget is answered with 429, and its body not looked at. */
    private static CompletionStage<HttpResponse> permitted(
            Permit permit, Supplier<CompletionStage<HttpResponse>> then) {
        return permit instanceof Permit.Refused refused
                ? answer(HttpErrors.tooManyRequests(refused.retryAfter()))
                : then.get();
    }

    private CompletionStage<HttpResponse> act(Identity caller, HttpRequest request, Kind kind, Action action) {
        Optional<String> key = request.header("Idempotency-Key");
        String wrongKey = key.map(Ids::problem).orElse(null);
        if (wrongKey != null) {
            return answer(HttpErrors.invalid("Idempotency-Key", "Idempotency-Key " + wrongKey));
        }
        Reading reading = JsonBody.read(request.body(), kind);
        if (reading instanceof Reading.Problem problem) {
            return answer(HttpErrors.invalid(problem));
        }
        ObjectNode body = (ObjectNode) ((Reading.Value) reading).value();
        return hub.get()
                .admit(caller, kind, body)
                .thenCompose(admission -> admission instanceof Admission.Granted granted
                        ? action.act(caller, granted.body(), Sender.key(caller, request.path(), key.orElse(null)))
                        : answer(refusal((Admission.Refused) admission)));
    }

    private static HttpResponse refusal(Admission.Refused refused) {
        return switch (refused.code()) {
            case FORBIDDEN -> HttpErrors.forbidden(refused.message());
            case INVALID_MESSAGE -> HttpErrors.invalid(refused.field(), refused.message());
            default -> HttpErrors.internal();
        };
    }

    private CompletionStage<HttpResponse> authenticated(HttpRequest request, Authenticated then) {
        return hub.get()
                .authenticate(request)
                .thenCompose(caller -> caller instanceof Caller.Known known
                        ? then.handle(known.identity())
                        : answer(((Caller.Unknown) caller).response()));
    }

    static CompletionStage<HttpResponse> answer(HttpResponse response) {
        return CompletableFuture.completedFuture(response);
    }

    /** What follows when the caller is known. */
    @FunctionalInterface
    private interface Authenticated {
        CompletionStage<HttpResponse> handle(Identity caller);
    }
}
