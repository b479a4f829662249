package io.tidings.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How fast connections may come, and how many may be here without having said who they are. {@link #STANDARD} has the defaults.
 *
 * <p>An address is an IPv4 address, or the first 64 bits of an IPv6 one. Behind a proxy that is not trusted all clients have the
 * proxy's address. A peer whose address the container hides is counted with all, but not by itself.
 *
 * @param perAddress         handshakes a second from one address; default 20; at least 1
 * @param burst              handshakes that one address may make at once, if it made none for a while; default 40; at least 1
 * @param inAll              handshakes a second from all addresses, and as many at once; default 2,000; at least 1
 * @param unauthenticated    connections that are open and not authenticated yet; default 1,000; at least 1
 * @param authenticationTime how long a client has to say who it is; default 10 s; 100 ms to 10 minutes
 */
public record HandshakeLimits(int perAddress, int burst, int inAll, int unauthenticated, Duration authenticationTime) {

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** A number that limits nothing. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** The defaults: 20 a second and 40 at once for an address, 2,000 a second, 1,000 unauthenticated for 10 s. */
    public static final HandshakeLimits STANDARD = new HandshakeLimits(20, 40, 2_000, 1_000, Duration.ofSeconds(10));

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException that lists every problem
     */
    public HandshakeLimits {
        List<String> problems = new ArrayList<>();
        atLeastOne(problems, "perAddress", perAddress);
        atLeastOne(problems, "burst", burst);
        atLeastOne(problems, "inAll", inAll);
        atLeastOne(problems, "unauthenticated", unauthenticated);
        if (authenticationTime.compareTo(SHORTEST) < 0 || authenticationTime.compareTo(LONGEST) > 0) {
            problems.add("authenticationTime must be from 100 ms to 10 minutes, was " + authenticationTime);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** The same limits with other rates of one address: a second, and at once. */
    public HandshakeLimits withPerAddress(int aSecond, int atOnce) {
        return new HandshakeLimits(aSecond, atOnce, inAll, unauthenticated, authenticationTime);
    }

    /** The same limits with another rate of all addresses, a second. */
    public HandshakeLimits withInAll(int aSecond) {
        return new HandshakeLimits(perAddress, burst, aSecond, unauthenticated, authenticationTime);
    }

    /** The same limits with another number of connections that are not authenticated. */
    public HandshakeLimits withUnauthenticated(int connections) {
        return new HandshakeLimits(perAddress, burst, inAll, connections, authenticationTime);
    }

    /** The same limits with another time to authenticate. */
    public HandshakeLimits withAuthenticationTime(Duration time) {
        return new HandshakeLimits(perAddress, burst, inAll, unauthenticated, time);
    }

    /** The same time, and no limit of a number: for tests, and for hosts whose proxy has limits of its own. */
    public HandshakeLimits unlimited() {
        return new HandshakeLimits(UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED, authenticationTime);
    }

    private static void atLeastOne(List<String> problems, String name, int value) {
        if (value < 1) {
            problems.add(name + " must be at least 1, was " + value);
        }
    }
}
