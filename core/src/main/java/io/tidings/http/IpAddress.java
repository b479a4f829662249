package io.tidings.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 or IPv6 address, read from digits alone: a name is never looked up. An IPv4 address that is written as an IPv6 one
 * ({@code ::ffff:192.0.2.1}, RFC 4291 section 2.5.5.2) is the IPv4 address. A zone ({@code %eth0}) is left out.
 *
 * <p>Immutable.
 */
public final class IpAddress {

    /** The longest text that can be an address; a zone may follow. */
    private static final int MAX_LENGTH = 45;

    private static final int V4_BYTES = 4;
    private static final int V6_BYTES = 16;
    private static final int NETWORK_BYTES = 8;
    private static final int GROUPS = 8;

    private final byte[] bytes;

    private IpAddress(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The address that a text is, without brackets and port; empty when it is none. */
    public static Optional<IpAddress> parse(String text) {
        int zone = text.indexOf('%');
        String digits = zone < 0 ? text : text.substring(0, zone);
        if (digits.isEmpty() || digits.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        byte[] read = digits.indexOf(':') < 0 ? (zone < 0 ? v4(digits) : null) : v6(digits);
        return Optional.ofNullable(read).map(IpAddress::plain);
    }

    /** How many bits it has: 32 or 128. */
    int bits() {
        return bytes.length * Byte.SIZE;
    }

    /** Whether it begins with the same bits as another; an IPv4 and an IPv6 address never do. */
    boolean sharesPrefix(IpAddress other, int bits) {
        if (bytes.length != other.bytes.length) {
            return false;
        }
        int whole = bits / Byte.SIZE;
        if (!Arrays.equals(bytes, 0, whole, other.bytes, 0, whole)) {
            return false;
        }
        int rest = bits % Byte.SIZE;
        return rest == 0 || (bytes[whole] ^ other.bytes[whole]) >>> (Byte.SIZE - rest) << (Integer.SIZE - rest) == 0;
    }

    /**
     * What is counted as one peer: an IPv4 address itself, of an IPv6 address the first 64 bits, as whoever has one address there
     * has them all (RFC 4291 section 2.5.4).
     */
    public IpAddress network() {
        if (bytes.length == V4_BYTES) {
            return this;
        }
        byte[] network = new byte[V6_BYTES];
        System.arraycopy(bytes, 0, network, 0, NETWORK_BYTES);
        return new IpAddress(network);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IpAddress address && Arrays.equals(bytes, address.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The address as text that names it alone: {@code 192.0.2.1}, {@code 2001:db8:0:0:0:0:0:1}. */
    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(bytes).getHostAddress();
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static IpAddress plain(byte[] read) {
        if (read.length == V6_BYTES
                && Arrays.equals(read, 0, 10, new byte[10], 0, 10)
                && read[10] == -1
                && read[11] == -1) {
            return new IpAddress(Arrays.copyOfRange(read, V6_BYTES - V4_BYTES, V6_BYTES));
        }
        return new IpAddress(read);
    }

    private static byte @Nullable [] v4(String text) {
        byte[] read = new byte[V4_BYTES];
        int from = 0;
        for (int i = 0; i < V4_BYTES; i++) {
            int to = i == V4_BYTES - 1 ? text.length() : text.indexOf('.', from);
            int value = to < 0 ? -1 : number(text, from, to, 3, 10);
            // A leading zero is octal to some, so it is an address to nobody here.
            if (value < 0 || value > 0xFF || (to - from > 1 && text.charAt(from) == '0')) {
                return null;
            }
            read[i] = (byte) value;
            from = to + 1;
        }
        return read;
    }

    private static byte @Nullable [] v6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte[] all = groups(text, true);
            return all != null && all.length == V6_BYTES ? all : null;
        }
        byte[] head = groups(text.substring(0, gap), false);
        byte[] tail = groups(text.substring(gap + 2), true);
        // The gap stands for one group at least.
        if (head == null || tail == null || head.length + tail.length > V6_BYTES - 2) {
            return null;
        }
        byte[] read = Arrays.copyOf(head, V6_BYTES);
        System.arraycopy(tail, 0, read, V6_BYTES - tail.length, tail.length);
        return read;
    }

    /**
     * Groups of four digits by colon.
     *
     * @param end whether they end the address: the last two may then be an IPv4 address
     */
    private static byte @Nullable [] groups(String text, boolean end) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        String[] groups = text.split(":", GROUPS + 1);
        byte[] read = new byte[0];
        for (int i = 0; i < groups.length; i++) {
            byte[] more;
            if (end && i == groups.length - 1 && groups[i].indexOf('.') >= 0) {
                more = v4(groups[i]);
            } else {
                int value = number(groups[i], 0, groups[i].length(), 4, 16);
                more = value < 0 ? null : new byte[] {(byte) (value >>> Byte.SIZE), (byte) value};
            }
            if (more == null || read.length + more.length > V6_BYTES) {
                return null;
            }
            read = Arrays.copyOf(read, read.length + more.length);
            System.arraycopy(more, 0, read, read.length - more.length, more.length);
        }
        return read;
    }

    /** The number of one to so many ASCII digits, or -1. */
    private static int number(String text, int from, int to, int maxDigits, int radix) {
        if (to <= from || to - from > maxDigits) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            int digit = c < 0x80 ? Character.digit(c, radix) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value * radix + digit;
        }
        return value;
    }
}
