package io.tidings.auth;

import java.util.concurrent.CompletionStage;

/**
 * Says who a credential belongs to.
 *
 * <p>{@link JwtAuthenticator} is the one most hosts want. The smallest complete one:
 * <pre>{@code
 * Authenticator byName = token -> CompletableFuture.completedFuture(
 *         new Authentication.Accepted(Identity.of(UserKey.of(token))));
 * }</pre>
 *
 * <p><b>Threads.</b> MAY be called concurrently, on I/O threads, and MUST NOT block. The stage MAY complete on any thread.
 * <p><b>Failure.</b> A stage that fails means that the authenticator is out of order: the connection closes with 1011. Token
 * and claims MUST NOT reach a log or an exception's message.
 */
@FunctionalInterface
public interface Authenticator {

    /**
     * Checks a credential.
     *
     * @param token the text that the client brought, not empty, of any length and content
     */
    CompletionStage<Authentication> authenticate(String token);
}
