package io.tidings.auth;

import java.util.concurrent.CompletionStage;

/** Fetches a JWK set once. The smallest complete one: {@code () -> CompletableFuture.completedFuture(json)}. */
@FunctionalInterface
interface JwksFetch {

    /**
     * Begins a fetch. MUST NOT block, and MUST end some time; called by one thread at a time.
     *
     * @return the set's text, of bounded length; MAY complete on any thread
     */
    CompletionStage<byte[]> fetch();
}
