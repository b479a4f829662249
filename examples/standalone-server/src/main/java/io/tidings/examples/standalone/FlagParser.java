package io.tidings.examples.standalone;

import io.tidings.auth.AllowedOrigins;
import io.tidings.examples.standalone.GivenFlags.Given;
import io.tidings.http.TrustedProxies;
import io.tidings.message.Ids;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes {@link Flags} of what was given, or says what is wrong with it. */
final class FlagParser {

    private static final int DEFAULT_PORT = 8080;
    private static final int MAX_PORT = 65_535;
    private static final int MIN_SECRET_BYTES = 32;

    private static final List<String> DATABASES = List.of("jdbc:sqlite:", "jdbc:postgresql:");

    /** Transports of the contract that another build has. */
    private static final List<String> OTHER_TRANSPORTS = List.of("netty");

    private final GivenFlags given;

    private FlagParser(GivenFlags given) {
        this.given = given;
    }

    /**
     * Reads a command line and an environment.
     *
     * @throws FlagProblem at the first flag that does not hold
     */
    static Flags parse(List<String> arguments, Map<String, String> environment) throws FlagProblem {
        return new FlagParser(GivenFlags.read(arguments, environment)).flags();
    }

    private Flags flags() throws FlagProblem {
        Flags flags = new Flags(host(), port(), container(), tokens(), origins(), trustedProxies(), stores(), node());
        if (flags.tokens().isDevMode() && !address(flags.host()).isLoopbackAddress()) {
            throw new FlagProblem(
                    source(Flag.HOST),
                    FlagProblem.quoted(flags.host())
                            + " is no loopback address, so --jwt-secret or --jwks-url is needed: dev mode gives a token"
                            + " to anybody");
        }
        return flags;
    }

    private String host() throws FlagProblem {
        String host = text(Flag.HOST, "127.0.0.1");
        address(host);
        return host;
    }

    private int port() throws FlagProblem {
        Optional<Given> port = given.get(Flag.PORT);
        if (port.isEmpty()) {
            return DEFAULT_PORT;
        }
        String value = port.get().value();
        if (!value.matches("[0-9]{1,5}") || Integer.parseInt(value) > MAX_PORT) {
            throw bad(port.get(), "0 to " + MAX_PORT);
        }
        return Integer.parseInt(value);
    }

    private Container container() throws FlagProblem {
        Optional<Given> transport = given.get(Flag.TRANSPORT);
        if (transport.isEmpty()) {
            return Container.TYRUS;
        }
        for (Container container : Container.values()) {
            if (container.written().equals(transport.get().value())) {
                return container;
            }
        }
        if (OTHER_TRANSPORTS.contains(transport.get().value())) {
            throw notBuilt(transport.get());
        }
        String all = Arrays.stream(Container.values()).map(Container::written).collect(Collectors.joining(", "));
        throw bad(transport.get(), all.replaceFirst(", (\\w+)$", " or $1"));
    }

    private Flags.Stores stores() throws FlagProblem {
        String database = database();
        Optional<Given> mailbox = given.get(Flag.MAILBOX);
        if (mailbox.isEmpty()) {
            return new Flags.Stores(database, database != null);
        }
        switch (mailbox.get().value()) {
            case "memory":
                return new Flags.Stores(database, false);
            case "jdbc":
                if (database == null) {
                    throw new FlagProblem(mailbox.get().source(), "jdbc needs a database, and that is memory");
                }
                return new Flags.Stores(database, true);
            case "redis":
                throw notBuilt(mailbox.get());
            default:
                throw bad(mailbox.get(), "jdbc or memory");
        }
    }

    private @Nullable String database() throws FlagProblem {
        Optional<Given> database = given.get(Flag.DATABASE);
        if (database.isEmpty()) {
            return Flags.Stores.DEFAULT.database();
        }
        String value = database.get().value();
        if (value.equals("memory")) {
            return null;
        }
        if (DATABASES.stream().noneMatch(value::startsWith)) {
            // An address of a database may hold a password.
            throw new FlagProblem(
                    database.get().source(),
                    "expected memory, jdbc:sqlite:<file> or jdbc:postgresql://<host>/<database>");
        }
        return value;
    }

    private Flags.Tokens tokens() throws FlagProblem {
        Optional<Given> secret = given.get(Flag.JWT_SECRET);
        Optional<Given> jwks = given.get(Flag.JWKS_URL);
        if (secret.isPresent() && jwks.isPresent()) {
            throw new FlagProblem(
                    jwks.get().source(), "not together with " + secret.get().source());
        }
        if (secret.isPresent()) {
            int bytes = secret.get().value().getBytes(StandardCharsets.UTF_8).length;
            if (bytes < MIN_SECRET_BYTES) {
                throw new FlagProblem(
                        secret.get().source(), "must have at least " + MIN_SECRET_BYTES + " bytes, has " + bytes);
            }
        }
        return new Flags.Tokens(
                secret.map(Given::value).orElse(null),
                jwks.isPresent() ? url(jwks.get()) : null,
                given.get(Flag.ISSUER).map(Given::value).orElse(null),
                given.get(Flag.AUDIENCE).map(Given::value).orElse(null),
                text(Flag.USER_CLAIM, "sub"),
                text(Flag.TENANT_CLAIM, "tenantId"));
    }

    private static URI url(Given jwks) throws FlagProblem {
        try {
            URI url = URI.create(jwks.value());
            boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            if (http && url.getHost() != null) {
                return url;
            }
        } catch (IllegalArgumentException notAUrl) {
            // It is told below.
        }
        throw new FlagProblem(jwks.source(), "expected an http or https address");
    }

    private List<String> origins() throws FlagProblem {
        Optional<Given> origins = given.get(Flag.ALLOW_ORIGIN);
        if (origins.isEmpty()) {
            return List.of();
        }
        for (String origin : origins.get().values()) {
            try {
                AllowedOrigins.of(List.of(origin));
            } catch (IllegalArgumentException e) {
                throw new FlagProblem(
                        origins.get().source(),
                        "expected an origin such as https://app.example, or *, was " + FlagProblem.quoted(origin));
            }
        }
        return origins.get().values();
    }

    private List<String> trustedProxies() throws FlagProblem {
        Optional<Given> proxies = given.get(Flag.TRUSTED_PROXY);
        if (proxies.isEmpty()) {
            return List.of();
        }
        for (String proxy : proxies.get().values()) {
            try {
                TrustedProxies.of(List.of(proxy));
            } catch (IllegalArgumentException e) {
                throw new FlagProblem(
                        proxies.get().source(),
                        "expected an address such as 10.0.0.1, or a block such as 10.0.0.0/8, was "
                                + FlagProblem.quoted(proxy));
            }
        }
        return proxies.get().values();
    }

    private @Nullable String node() throws FlagProblem {
        Optional<Given> node = given.get(Flag.NODE);
        String problem = node.map(name -> Ids.problem(name.value())).orElse(null);
        if (problem != null) {
            throw new FlagProblem(node.get().source(), problem);
        }
        return node.map(Given::value).orElse(null);
    }

    private InetAddress address(String host) throws FlagProblem {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new FlagProblem(source(Flag.HOST), "unknown host " + FlagProblem.quoted(host));
        }
    }

    private String text(Flag flag, String otherwise) {
        return given.get(flag).map(Given::value).orElse(otherwise);
    }

    private String source(Flag flag) {
        return given.get(flag).map(Given::source).orElse(flag.written());
    }

    private static FlagProblem bad(Given flag, String expected) {
        return new FlagProblem(flag.source(), "expected " + expected + ", was " + FlagProblem.quoted(flag.value()));
    }

    private static FlagProblem notBuilt(Given flag) {
        return new FlagProblem(flag.source(), FlagProblem.quoted(flag.value()) + " is not in this build");
    }
}
