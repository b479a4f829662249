package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.http.IpAddress;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.Ticker;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How fast handshakes may come: a bucket of tokens for every address that has come lately, and one for all.
 *
 * <p>A bucket that has filled up again is as good as none and is forgotten, from the address that came least lately on. A refused
 * handshake takes no token of either kind, so an address without a bucket gets one only with a token of all: with the
 * defaults no more than about 6,000 buckets are not full. Where limits are chosen so that there would be more than
 * {@value #MAX_ADDRESSES}, the address that came least lately begins anew.
 */
final class HandshakeGate {

    static final int MAX_ADDRESSES = 65_536;

    private static final int FORGOTTEN_AT_ONCE = 2;
    private static final double NANOS = 1e9;

    private final HandshakeLimits limits;
    private final Ticker ticker;

    /** From the least lately used on. */
    @GuardedBy("this")
    private final LinkedHashMap<IpAddress, Bucket> addresses = new LinkedHashMap<>(16, 0.75f, true);

    @GuardedBy("this")
    private final Bucket all;

    HandshakeGate(HandshakeLimits limits, Ticker ticker) {
        this.limits = limits;
        this.ticker = ticker;
        this.all = new Bucket(limits.inAll(), limits.inAll(), ticker.nanos());
    }

    /** Whether one more handshake may go on. What is no address is counted with all alone. */
    synchronized boolean admits(Optional<IpAddress> address) {
        long now = ticker.nanos();
        forgetFull(now);
        all.fill(now);
        if (address.isEmpty() || limits.perAddress() == HandshakeLimits.UNLIMITED) {
            return all.take();
        }
        IpAddress peer = address.get().network();
        Bucket known = addresses.get(peer);
        Bucket bucket = known == null ? new Bucket(limits.perAddress(), limits.burst(), now) : known;
        bucket.fill(now);
        if (!bucket.hasOne() || !all.take()) {
            return false;
        }
        bucket.take();
        if (known == null) {
            addresses.put(peer, bucket);
        }
        return true;
    }

    /** How many addresses it knows of. */
    synchronized int addresses() {
        return addresses.size();
    }

    @GuardedBy("this")
    private void forgetFull(long now) {
        Iterator<Map.Entry<IpAddress, Bucket>> eldest = addresses.entrySet().iterator();
        for (int i = 0; i < FORGOTTEN_AT_ONCE && eldest.hasNext(); i++) {
            Bucket bucket = eldest.next().getValue();
            bucket.fill(now);
            if (!bucket.isFull() && addresses.size() < MAX_ADDRESSES) {
                return;
            }
            eldest.remove();
        }
    }

    /** Tokens that come back at a rate, up to a number. */
    private static final class Bucket {

        private final double aNano;
        private final double most;
        private double tokens;
        private long filledNanos;

        Bucket(int aSecond, int most, long now) {
            this.aNano = aSecond / NANOS;
            this.most = most;
            this.tokens = most;
            this.filledNanos = now;
        }

        void fill(long now) {
            tokens = Math.min(most, tokens + (now - filledNanos) * aNano);
            filledNanos = now;
        }

        boolean isFull() {
            return tokens >= most;
        }

        boolean hasOne() {
            // A token that came back by parts that do not add up is one all the same.
            return tokens > 1 - 1e-6;
        }

        boolean take() {
            if (!hasOne()) {
                return false;
            }
            tokens = Math.max(0, tokens - 1);
            return true;
        }
    }
}
