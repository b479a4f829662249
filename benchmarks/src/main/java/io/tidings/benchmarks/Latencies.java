package io.tidings.benchmarks;

import java.util.Arrays;

/** A histogram of microseconds with 32 buckets per power of two: quantiles are right to about 3 %. One thread uses it. */
final class Latencies {
    private static final int SUB_BITS = 5;
    private static final int SUB = 1 << SUB_BITS;

    private final long[] counts = new long[(64 - SUB_BITS) * SUB]; // reader only
    private long total; // reader only
    private long max; // reader only

    void record(long micros) {
        long value = Math.max(0, micros);
        counts[bucket(value)]++;
        total++;
        max = Math.max(max, value);
    }

    /** The value under which the fraction lies, in microseconds; 0 when nothing was recorded. */
    long quantile(double fraction) {
        long wanted = (long) Math.ceil(total * fraction);
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= wanted && seen > 0) {
                return Math.min(max, upperBound(i));
            }
        }
        return max;
    }

    long max() {
        return max;
    }

    void reset() {
        Arrays.fill(counts, 0);
        total = 0;
        max = 0;
    }

    private static int bucket(long value) {
        if (value < SUB) {
            return (int) value;
        }
        int shift = 63 - Long.numberOfLeadingZeros(value) - SUB_BITS;
        return (shift + 1) * SUB + (int) (value >>> shift) - SUB;
    }

    private static long upperBound(int bucket) {
        if (bucket < SUB) {
            return bucket;
        }
        int shift = bucket / SUB - 1;
        return ((long) (bucket % SUB + SUB + 1) << shift) - 1;
    }
}
