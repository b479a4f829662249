package io.tidings;

import io.tidings.auth.Authentication;
import io.tidings.http.HttpErrors;
import io.tidings.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Finds out who makes a request of a route, by the bearer token of its header. */
final class Callers {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Engine engine;

    Callers(Engine engine) {
        this.engine = engine;
    }

    /** Who it is. Never fails. */
    CompletionStage<Caller> identify(HttpRequest request) {
        Optional<String> token = request.bearerToken();
        if (token.isEmpty()) {
            engine.observer().refused(Authentication.Reason.MISSING);
            return CompletableFuture.completedFuture(new Caller.Unknown(HttpErrors.unauthorized()));
        }
        return engine.authenticate(token.get()).handle(this::caller);
    }

    private Caller caller(@Nullable Authentication checked, @Nullable Throwable failure) {
        if (checked instanceof Authentication.Accepted accepted) {
            return new Caller.Known(accepted.identity());
        }
        if (checked instanceof Authentication.Refused refused) {
            engine.observer().refused(refused.reason());
            return new Caller.Unknown(HttpErrors.unauthorized());
        }
        HubLog.authenticatorFailed("none", failure == null ? new NullPointerException("it answered nothing") : failure);
        return new Caller.Unknown(HttpErrors.unavailable("Tokens cannot be checked now", RETRY_AFTER));
    }
}
