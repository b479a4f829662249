package io.tidings.limit;

import java.util.Arrays;

/**
 * The times of what was granted lately, at most as many as there are permits. A ring of milliseconds that grows as it is used:
 * 4 bytes a permit. Their low halves are compared by difference, which holds for 24 days, and the last one is known whole. For the
 * thread that holds the lock of the table it is in.
 */
final class Window {

    private static final int SMALLEST = 4;

    private int[] times = new int[SMALLEST];
    private int first;
    private int size;
    private long last;

    /** Forgets what was granted a window ago or earlier. */
    void expire(long now, int windowMillis) {
        if (now - last >= windowMillis) {
            size = 0;
            return;
        }
        while (size > 0 && (int) now - times[first] >= windowMillis) {
            first = (first + 1) % times.length;
            size--;
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** How many were granted within the window. */
    int size() {
        return size;
    }

    /** How many more fit. */
    int room(int permits) {
        return Math.max(0, permits - size);
    }

    /** Adds one; there is room for it. */
    void add(long time) {
        if (size == times.length) {
            int[] larger = Arrays.copyOf(times, size * 2);
            for (int i = 0; i < size; i++) {
                larger[i] = times[(first + i) % size];
            }
            times = larger;
            first = 0;
        }
        times[(first + size) % times.length] = (int) time;
        last = time;
        size++;
    }

    /** In how many milliseconds there is room for one; there is none now. */
    int untilRoom(long now, int permits, int windowMillis) {
        int leaves = times[(first + size - permits) % times.length];
        return Math.max(1, windowMillis - ((int) now - leaves));
    }

    /** How many were granted within a time until now, counted up to a number. */
    int recent(long now, int millis, int atMost) {
        int count = 0;
        while (count < Math.min(size, atMost)
                && (int) now - times[(first + size - 1 - count) % times.length] < millis) {
            count++;
        }
        return count;
    }
}
