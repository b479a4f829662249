package io.tidings.examples.standalone;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The flags: how each is written, and what {@code --help} says of it. Each is an environment variable too. */
enum Flag {
    HOST("ADDRESS", "the address to listen on; default 127.0.0.1"),
    PORT("NUMBER", "0 to 65535, 0 = any free one; default 8080"),
    TRANSPORT("NAME", "tyrus, tomcat, jetty or undertow; default tyrus"),
    JWT_SECRET("TEXT", "the shared secret of the tokens, at least 32 bytes; better given as TIDINGS_JWT_SECRET"),
    JWKS_URL("URL", "where the keys of the tokens are; with neither this nor a secret: dev mode"),
    ISSUER("TEXT", "what a token's iss must be; default: not checked"),
    AUDIENCE("TEXT", "what a token's aud must hold; default: not checked"),
    USER_CLAIM("NAME", "the claim of the user's id; default sub"),
    TENANT_CLAIM("NAME", "the claim of the tenant's id; default tenantId"),
    ALLOW_ORIGIN(
            "ORIGIN", "pages that may connect, repeatable, * = any; default: pages of this server (dev mode: any)"),
    TRUSTED_PROXY(
            "ADDRESS",
            "proxies whose Forwarded and X-Forwarded-For are believed, 10.0.0.1 or 10.0.0.0/8, repeatable; default: none"),
    DATABASE(
            "NAME",
            "jdbc:sqlite:…, jdbc:postgresql:…, or memory, which keeps nothing; default: a file in ./tidings-data"),
    MAILBOX("NAME", "jdbc or memory; default: as the database"),
    NODE("NAME", "this node's name; default: a random one"),
    REDIS("URL"),
    KAFKA("ADDRESS"),
    KAFKA_TOPIC("NAME");

    private static final String ENVIRONMENT_PREFIX = "TIDINGS_";

    private final String value;
    private final String help;

    Flag(String value, String help) {
        this.value = value;
        this.help = help;
    }

    /** A flag of the contract that this build cannot honour yet. */
    Flag(String value) {
        this(value, "");
    }

    /** The flag of a name such as {@code --jwt-secret}. */
    static Optional<Flag> of(String written) {
        return Arrays.stream(values())
                .filter(flag -> flag.written().equals(written))
                .findFirst();
    }

    /** How it stands on the command line: {@code --jwt-secret}. */
    String written() {
        return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** How it stands in the environment: {@code TIDINGS_JWT_SECRET}. */
    String variable() {
        return ENVIRONMENT_PREFIX + name();
    }

    /** Whether it may be given several times, or with several values by comma. */
    boolean isList() {
        return this == ALLOW_ORIGIN || this == TRUSTED_PROXY;
    }

    /** Whether this build can honour it. */
    boolean isBuilt() {
        return !help.isEmpty();
    }

    /** The text of {@code --help}. */
    static String usage() {
        StringBuilder text = new StringBuilder("""
                Usage: java -jar tidings-server.jar [flags]

                Serves both WebSocket dialects, REST and a page to try them on one port.
                Every flag is also an environment variable, such as TIDINGS_PORT, lists by comma; the flag wins.

                """);
        for (Flag flag : values()) {
            if (flag.isBuilt()) {
                text.append(String.format(Locale.ROOT, "  %-24s %s%n", flag.written() + ' ' + flag.value, flag.help));
            }
        }
        text.append(String.format(Locale.ROOT, "  %-24s %s%n", "--help", "this text"));
        text.append(System.lineSeparator()).append("Not in this build:");
        for (Flag flag : values()) {
            if (!flag.isBuilt()) {
                text.append(' ').append(flag.written());
            }
        }
        return text.append(System.lineSeparator()).toString();
    }
}
