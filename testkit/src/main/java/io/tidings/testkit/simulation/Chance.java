package io.tidings.testkit.simulation;

import java.util.random.RandomGenerator;

/** Numbers that a seed decides, the same on every machine: SplitMix64. */
final class Chance implements RandomGenerator {

    private long state;

    Chance(long seed) {
        state = seed;
    }

    /** A source of its own, so that what is drawn here does not change what is drawn there. */
    Chance fork() {
        return new Chance(nextLong());
    }

    @Override
    public long nextLong() {
        state += 0x9E3779B97F4A7C15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** From 0 to one less than a bound. */
    int below(int bound) {
        return (int) ((nextLong() >>> 33) % bound);
    }

    /** From the first to the second, both included. */
    int between(int least, int most) {
        return least + below(most - least + 1);
    }

    /** True so often, from 0 to 1. */
    boolean happens(double likelihood) {
        return likelihood > 0 && (nextLong() >>> 11) * 0x1.0p-53 < likelihood;
    }

    /** A time from zero to a longest, short ones more often. */
    long upTo(long nanos) {
        if (nanos <= 0) {
            return 0;
        }
        long shorter = nanos >> below(6);
        return (nextLong() >>> 1) % (shorter + 1);
    }
}
