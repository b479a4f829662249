package io.tidings;

import org.jetbrains.lincheck.datastructures.StressOptions;

/** How long Lincheck looks: a moment in the normal run, and longer with {@code -Dtidings.long=true}. */
public final class Checked {

    private static final boolean LONG = Boolean.getBoolean("tidings.long");

    private Checked() {}

    /** Threads that really run side by side; what they saw must be what some order of theirs would have shown. */
    public static void underStress(Class<?> operations) {
        new StressOptions()
                .iterations(LONG ? 50 : 6)
                .invocationsPerIteration(LONG ? 5_000 : 500)
                .threads(3)
                .actorsPerThread(3)
                .actorsBefore(2)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(operations);
    }
}
