package io.tidings.policy;

import io.tidings.message.Ids;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How often a user may do something.
 *
 * @param name    what it is for; one of a user's budgets has the name
 * @param permits how often within any window of that length; 1 to {@value #MAX}, or {@link #UNLIMITED}
 * @param window  1 second to 1 hour; it slides: what was done longer ago counts no more
 */
public record Budget(String name, int permits, Duration window) {

    /** As many permits as anybody likes. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** The most permits of a budget that is limited; each costs 4 bytes for a user who uses it. */
    public static final int MAX = 100_000;

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(1);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException that lists every problem
     */
    public Budget {
        List<String> problems = new ArrayList<>();
        if (Ids.problem(name) != null) {
            problems.add("name " + Ids.problem(name));
        }
        problems.addAll(permitProblems("permits", permits));
        problems.addAll(windowProblems(window));
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    static List<String> permitProblems(String name, int permits) {
        return permits >= 1 && (permits <= MAX || permits == UNLIMITED)
                ? List.of()
                : List.of(name + " must be from 1 to " + MAX + ", or UNLIMITED, was " + permits);
    }

    static List<String> windowProblems(Duration window) {
        return window.compareTo(SHORTEST) >= 0 && window.compareTo(LONGEST) <= 0
                ? List.of()
                : List.of("window must be from 1 second to 1 hour, was " + window);
    }

    /** Whether it limits anything. */
    public boolean isLimited() {
        return permits != UNLIMITED;
    }
}
