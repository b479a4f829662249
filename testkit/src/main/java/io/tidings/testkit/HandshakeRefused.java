package io.tidings.testkit;

import java.util.List;
import java.util.Map;

/** The server answered an upgrade with something other than 101. */
public final class HandshakeRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient UpgradeResponse response;

    HandshakeRefused(UpgradeResponse response) {
        super("upgrade refused with HTTP " + response.status());
        this.response = response;
    }

    /** The HTTP status. */
    public int status() {
        return response.status();
    }

    /** The response's headers; look-ups ignore case. */
    public Map<String, List<String>> headers() {
        return response.headers();
    }

    /** The body as UTF-8, at most the first 64 KiB; empty when there was none. */
    public String body() {
        return response.body();
    }

    /** All of it. */
    public UpgradeResponse response() {
        return response;
    }
}
