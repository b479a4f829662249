package io.tidings.auth;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Fetches a JWK set over HTTP: within the time, connecting and a trickling body included, and within 1 MiB. */
final class HttpJwksFetch implements JwksFetch {

    static final int MAX_BYTES = 1 << 20;

    private static final int OK = 200;

    private final HttpClient client;
    private final HttpRequest request;
    private final Duration timeout;

    HttpJwksFetch(HttpClient client, URI uri, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
        this.request = HttpRequest.newBuilder(uri)
                .header("Accept", "application/jwk-set+json, application/json")
                .build();
    }

    @Override
    public CompletionStage<byte[]> fetch() {
        CompletableFuture<HttpResponse<byte[]>> exchange =
                client.sendAsync(request, head -> new BoundedBody(MAX_BYTES));
        // The client's own time-out ends with the headers.
        return exchange.thenApply(HttpJwksFetch::body)
                .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((body, failure) -> exchange.cancel(true));
    }

    private static byte[] body(HttpResponse<byte[]> response) {
        if (response.statusCode() != OK) {
            throw new CompletionException(new IOException("the server answers " + response.statusCode()));
        }
        return response.body();
    }
}
