package io.tidings.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * What the command line asks for.
 *
 * @param kinds       what to measure, one or two names of {@link ServerKind}; the ratio is second to first
 * @param pairs       how often each kind is measured, in turns; default 5
 * @param seconds     how long one rate is held; default 3
 * @param connections clients; default 1,000
 * @param characters  length of the broadcast text, all ASCII; default 300, at least 17
 * @param rate        broadcasts a second while CPU time is measured; default 40
 * @param highest     whether to look for the highest rate too; default yes, {@code --no-highest} leaves it out
 * @param pin         {@code --pin}: the server gets processor 0 for itself, the clients processor 1; default no
 * @param jvm         {@code --jvm}: options of the server's JVM, divided by blanks; default {@code -Xmx1g}
 */
record BenchOptions(
        List<String> kinds,
        int pairs,
        int seconds,
        int connections,
        int characters,
        double rate,
        boolean highest,
        boolean pin,
        List<String> jvm) {

    static final String USAGE = "usage: FanOutBench --kinds <kind>[,<kind>] [--pairs 5] [--seconds 3]"
            + " [--connections 1000] [--characters 300] [--rate 40] [--no-highest] [--pin] [--jvm \"-Xmx1g\"]";

    /** Reads the arguments; an unknown or malformed one is an {@link IllegalArgumentException} that names it. */
    static BenchOptions parse(String... args) {
        List<String> kinds = List.of();
        List<String> jvm = List.of("-Xmx1g");
        int pairs = 5;
        int seconds = 3;
        int connections = 1000;
        int characters = 300;
        double rate = 40;
        boolean highest = true;
        boolean pin = false;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--no-highest" -> highest = false;
                case "--pin" -> pin = true;
                case "--kinds" -> kinds = List.of(value(args, ++i).split(","));
                case "--pairs" -> pairs = number(args, ++i);
                case "--seconds" -> seconds = number(args, ++i);
                case "--connections" -> connections = number(args, ++i);
                case "--characters" -> characters = number(args, ++i);
                case "--rate" -> rate = number(args, ++i);
                case "--jvm" -> jvm = Arrays.asList(value(args, ++i).split(" "));
                default -> throw new IllegalArgumentException("unknown argument " + args[i] + "\n" + USAGE);
            }
        }
        if (kinds.isEmpty() || kinds.size() > 2) {
            throw new IllegalArgumentException("--kinds wants one or two names, got " + kinds + "\n" + USAGE);
        }
        kinds.forEach(ServerKind::named);
        return new BenchOptions(kinds, pairs, seconds, connections, characters, rate, highest, pin, jvm);
    }

    OptionalInt serverProcessor() {
        return pin ? OptionalInt.of(0) : OptionalInt.empty();
    }

    OptionalInt clientProcessor() {
        return pin ? OptionalInt.of(1) : OptionalInt.empty();
    }

    private static int number(String[] args, int at) {
        try {
            int number = Integer.parseInt(value(args, at));
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException(args[at - 1] + " wants a number above 0, got " + args[at]);
    }

    private static String value(String[] args, int at) {
        if (at >= args.length) {
            throw new IllegalArgumentException(args[at - 1] + " wants a value\n" + USAGE);
        }
        return args[at];
    }
}
