package io.tidings;

import io.tidings.auth.Identity;
import io.tidings.http.HttpResponse;

/** Who makes a request of one of the host's own routes; see {@link Hub#authenticate}. */
public sealed interface Caller {

    /**
     * Somebody whose token holds.
     *
     * @param identity who it is
     */
    record Known(Identity identity) implements Caller {}

    /**
     * Nobody who may be served.
     *
     * @param response what answers: 401 without a token that holds, 503 while tokens cannot be checked
     */
    record Unknown(HttpResponse response) implements Caller {}
}
