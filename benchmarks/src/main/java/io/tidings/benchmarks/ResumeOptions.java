package io.tidings.benchmarks;

import java.util.List;

/**
 * What the command line of {@link ResumeBench} asks for.
 *
 * @param transport   {@code tyrus}, {@code tomcat}, {@code jetty} or {@code undertow}; default {@code tyrus}
 * @param connections that come back at once; default 18,000
 * @param tabs        connections of one user, which stand at the same position; default 1
 * @param missed      messages that each of them missed; default 5
 * @param others      connections of other users, who stay; default 1,000
 * @param rate        durable messages a second to the others, one at a time; default 500
 * @param jdbc        address of an empty database; default none, the mailbox is in memory
 * @param jvm         {@code --jvm}: options of the server's JVM, divided by blanks; default {@code -Xmx1g}
 */
record ResumeOptions(
        String transport, int connections, int tabs, int missed, int others, int rate, String jdbc, List<String> jvm) {

    static final String USAGE = "usage: ResumeBench [--transport tyrus] [--connections 18000] [--tabs 1] [--missed 5]"
            + " [--others 1000] [--rate 500] [--jdbc jdbc:postgresql://…] [--jvm \"-Xmx1g\"]";

    /** Reads the arguments; an unknown or malformed one is an {@link IllegalArgumentException} that names it. */
    static ResumeOptions parse(String... args) {
        String transport = "tyrus";
        int connections = 18_000;
        int tabs = 1;
        int missed = 5;
        int others = 1_000;
        int rate = 500;
        String jdbc = "";
        List<String> jvm = List.of("-Xmx1g");
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " wants a value\n" + USAGE);
            }
            String value = args[i + 1];
            switch (args[i]) {
                case "--transport" -> transport = value;
                case "--connections" -> connections = Integer.parseInt(value);
                case "--tabs" -> tabs = Integer.parseInt(value);
                case "--missed" -> missed = Integer.parseInt(value);
                case "--others" -> others = Integer.parseInt(value);
                case "--rate" -> rate = Integer.parseInt(value);
                case "--jdbc" -> jdbc = value;
                case "--jvm" -> jvm = List.of(value.split(" "));
                default -> throw new IllegalArgumentException("unknown argument " + args[i] + "\n" + USAGE);
            }
        }
        return new ResumeOptions(transport, connections, tabs, missed, others, rate, jdbc, jvm);
    }

    int users() {
        return (connections + tabs - 1) / tabs;
    }
}
