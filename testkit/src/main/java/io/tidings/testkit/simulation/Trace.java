package io.tidings.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** What happened, a line each: when, at whom, what. Kept only where somebody will read it, because writing it takes most of a run. */
final class Trace {

    private final boolean kept;
    private final Turns turns;
    private final List<String> lines = new ArrayList<>();

    Trace(boolean kept, Turns turns) {
        this.kept = kept;
        this.turns = turns;
    }

    void add(String who, Supplier<String> what) {
        if (kept) {
            lines.add(String.format(Locale.ROOT, "%11.6f  %-10s  %s", turns.passed() / 1e9, who, what.get()));
        }
    }

    List<String> lines() {
        return lines;
    }
}
