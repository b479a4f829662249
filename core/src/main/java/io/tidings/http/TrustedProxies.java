package io.tidings.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose word counts on whom a request comes from, for logs and limits. Default: none, and the peer is the client.
 *
 * <p>Where the peer is one of them, the entries of {@code Forwarded} (RFC 7239) and of {@code X-Forwarded-For} are walked from the
 * last, which that peer wrote, to the first: the first address that is no trusted proxy's is the client's. Whatever is no
 * address ({@code unknown}, a hidden name, nonsense) ends the walk at the address before it, so that nobody is counted as whom
 * they claim to be. Where both headers are there and lead to two addresses, one of them is the client's own invention that a
 * proxy let pass, and the walk ends at the peer.
 *
 * <p>Immutable. Of a header at most {@value #MAX_ENTRIES} entries are looked at, and a line of {@code Forwarded} over
 * {@value #MAX_LINE} characters is nonsense as a whole.
 */
public final class TrustedProxies {

    /** Trusts nobody. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    static final int MAX_ENTRIES = 32;
    static final int MAX_LINE = 8_192;

    private final List<Block> blocks;

    /** Addresses that begin with the same bits. */
    private record Block(IpAddress start, int bits) {}

    private TrustedProxies(List<Block> blocks) {
        this.blocks = List.copyOf(blocks);
    }

    /**
     * Trusts some proxies.
     *
     * @param addresses addresses, such as {@code 10.0.0.1} or {@code ::1}, and blocks, such as {@code 10.0.0.0/8}; names are not
     *                  looked up
     * @throws IllegalArgumentException that names every text that is neither
     */
    public static TrustedProxies of(List<String> addresses) {
        List<Block> blocks = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (String address : addresses) {
            Block block = block(address);
            if (block == null) {
                problems.add("expected an address such as 10.0.0.1 or a block such as 10.0.0.0/8, was " + address);
            } else {
                blocks.add(block);
            }
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return new TrustedProxies(blocks);
    }

    /**
     * Whom a request comes from.
     *
     * @param peer    the address of whoever connected, as text
     * @param headers the lines of a header, in order
     * @return the peer as it stands there, or an address in its canonical text
     */
    public String client(String peer, Function<String, List<String>> headers) {
        if (blocks.isEmpty()) {
            return peer;
        }
        Optional<IpAddress> address = IpAddress.parse(peer).filter(this::trusts);
        if (address.isEmpty()) {
            return peer;
        }
        List<String> forwarded = headers.apply("Forwarded");
        List<String> forwardedFor = headers.apply("X-Forwarded-For");
        IpAddress one = walk(address.get(), forwarded, true);
        IpAddress other = walk(address.get(), forwardedFor, false);
        if (forwarded.isEmpty()) {
            return other.toString();
        }
        return forwardedFor.isEmpty() || one.equals(other) ? one.toString() : peer;
    }

    private boolean trusts(IpAddress address) {
        for (Block block : blocks) {
            if (address.sharesPrefix(block.start, block.bits)) {
                return true;
            }
        }
        return false;
    }

    private IpAddress walk(IpAddress peer, List<String> lines, boolean standard) {
        IpAddress last = peer;
        int left = MAX_ENTRIES;
        for (int i = lines.size() - 1; i >= 0; i--) {
            String line = lines.get(i);
            int end = line.length();
            if (standard && !isWhole(line)) {
                return last;
            }
            while (end >= 0) {
                int comma = standard ? commaBefore(line, end) : line.lastIndexOf(',', end - 1);
                String entry = line.substring(comma + 1, end).strip();
                end = comma;
                if (left-- == 0) {
                    return last;
                }
                // RFC 9110 section 5.6.1: empty entries of a list are none.
                if (!entry.isEmpty()) {
                    Optional<IpAddress> next = address(standard ? node(entry) : entry);
                    if (next.isEmpty() || !trusts(next.get())) {
                        return next.orElse(last);
                    }
                    last = next.get();
                }
            }
        }
        return last;
    }

    /** Whether a line is short enough, and every quoted text in it has an end. */
    private static boolean isWhole(String line) {
        return line.length() <= MAX_LINE && !isQuoted(line, line.length());
    }

    /** The last comma before a place that is in no quoted text, or -1. */
    private static int commaBefore(String line, int end) {
        int found = -1;
        boolean quoted = false;
        for (int i = 0; i < end; i++) {
            char c = line.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                found = i;
            }
        }
        return found;
    }

    private static boolean isQuoted(String line, int end) {
        boolean quoted = false;
        for (int i = 0; i < end; i++) {
            if (quoted && line.charAt(i) == '\\') {
                i++;
            } else if (line.charAt(i) == '"') {
                quoted = !quoted;
            }
        }
        return quoted;
    }

    /** The value of the one {@code for} of an entry (RFC 7239 section 4), without its quotes; empty text where there is none. */
    private static String node(String entry) {
        String found = "";
        int from = 0;
        while (from <= entry.length()) {
            int to = from;
            boolean quoted = false;
            while (to < entry.length() && (quoted || entry.charAt(to) != ';')) {
                if (quoted && entry.charAt(to) == '\\') {
                    to++;
                } else {
                    quoted ^= entry.charAt(to) == '"';
                }
                to++;
            }
            String pair = entry.substring(from, to).strip();
            if (pair.regionMatches(true, 0, "for=", 0, 4)) {
                if (!found.isEmpty()) {
                    return "";
                }
                found = unquoted(pair.substring(4));
            }
            from = to + 1;
        }
        return found;
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    /** The address of a node: alone, with a port, or in brackets with or without a port. */
    private static Optional<IpAddress> address(String node) {
        if (node.startsWith("[")) {
            int end = node.indexOf(']');
            return end > 0 && isPort(node.substring(end + 1)) ? v6(node.substring(1, end)) : Optional.empty();
        }
        int colon = node.indexOf(':');
        if (colon >= 0 && node.indexOf(':', colon + 1) < 0) {
            return isPort(node.substring(colon)) ? IpAddress.parse(node.substring(0, colon)) : Optional.empty();
        }
        return IpAddress.parse(node);
    }

    private static Optional<IpAddress> v6(String text) {
        return text.indexOf(':') < 0 ? Optional.empty() : IpAddress.parse(text);
    }

    /** A colon and a port, which may be a hidden one (RFC 7239 section 6), or nothing. */
    private static boolean isPort(String text) {
        return text.isEmpty() || text.matches(":([0-9]{1,5}|_[A-Za-z0-9._-]{1,64})");
    }

    private static @Nullable Block block(String text) {
        int slash = text.indexOf('/');
        IpAddress start =
                IpAddress.parse(slash < 0 ? text : text.substring(0, slash)).orElse(null);
        if (start == null || text.indexOf('%') >= 0) {
            return null;
        }
        if (slash < 0) {
            return new Block(start, start.bits());
        }
        String bits = text.substring(slash + 1);
        return bits.matches("0|[1-9][0-9]{0,2}") && Integer.parseInt(bits) <= start.bits()
                ? new Block(start, Integer.parseInt(bits))
                : null;
    }
}
