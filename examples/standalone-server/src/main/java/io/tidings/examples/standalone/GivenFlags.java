package io.tidings.examples.standalone;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the command line and the environment give, not looked into. The command line wins, flag by flag. */
final class GivenFlags {

    /**
     * The values of one flag.
     *
     * @param source how it was written: {@code --port} or {@code TIDINGS_PORT}
     * @param values at least one, none empty; one where the flag is no list
     */
    record Given(String source, List<String> values) {

        /** The only value. */
        String value() {
            return values.get(0);
        }
    }

    private final Map<Flag, Given> given = new EnumMap<>(Flag.class);

    private GivenFlags() {}

    /** Reads both. A variable that is empty counts as not set; variables of no flag are not ours. */
    static GivenFlags read(List<String> arguments, Map<String, String> environment) throws FlagProblem {
        GivenFlags flags = new GivenFlags();
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            flags.argument(rest.next(), rest);
        }
        for (Flag flag : Flag.values()) {
            String value = environment.getOrDefault(flag.variable(), "");
            if (!value.isEmpty() && !flags.given.containsKey(flag)) {
                flags.given.put(flag, new Given(flag.variable(), split(flag, flag.variable(), value)));
            }
        }
        for (Map.Entry<Flag, Given> entry : flags.given.entrySet()) {
            if (!entry.getKey().isBuilt()) {
                throw new FlagProblem(entry.getValue().source(), "not in this build");
            }
        }
        return flags;
    }

    /** What a flag was given, if anything. */
    Optional<Given> get(Flag flag) {
        return Optional.ofNullable(given.get(flag));
    }

    private void argument(String argument, Iterator<String> rest) throws FlagProblem {
        int equals = argument.indexOf('=');
        String written = equals < 0 ? argument : argument.substring(0, equals);
        Optional<Flag> known = Flag.of(written);
        if (known.isEmpty()) {
            throw new FlagProblem(FlagProblem.quoted(written), "unknown flag; --help lists them");
        }
        Flag flag = known.get();
        String value = equals < 0 && rest.hasNext() ? rest.next() : argument.substring(equals + 1);
        if (equals < 0 && (value.startsWith("--") || value.equals(argument))) {
            throw new FlagProblem(written, "needs a value");
        }
        List<String> values = new ArrayList<>(split(flag, written, value));
        Given before = given.get(flag);
        if (before != null) {
            if (!flag.isList()) {
                throw new FlagProblem(written, "given twice");
            }
            values.addAll(0, before.values());
        }
        given.put(flag, new Given(written, values));
    }

    private static List<String> split(Flag flag, String source, String value) throws FlagProblem {
        List<String> values = flag.isList()
                ? Arrays.stream(value.split(",", -1)).map(String::trim).toList()
                : List.of(value);
        if (values.stream().anyMatch(String::isBlank)) {
            throw new FlagProblem(source, "must not be empty");
        }
        return values;
    }
}
