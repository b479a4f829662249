package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlagParserTest {

    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    private static Flags parse(String... arguments) throws FlagProblem {
        return FlagParser.parse(List.of(arguments), Map.of());
    }

    private static Flags parse(Map<String, String> environment, String... arguments) throws FlagProblem {
        return FlagParser.parse(List.of(arguments), environment);
    }

    private static String problem(String... arguments) {
        return problem(Map.of(), arguments);
    }

    private static String problem(Map<String, String> environment, String... arguments) {
        FlagProblem problem = assertThrows(FlagProblem.class, () -> parse(environment, arguments));
        assertFalse(problem.getMessage().contains("\n"), "one line");
        return problem.getMessage();
    }

    @Test
    void nothingGiven_everyFlagHasItsDefault() throws FlagProblem {
        Flags flags = parse();
        assertEquals("127.0.0.1", flags.host());
        assertEquals(8080, flags.port());
        assertEquals(Container.TYRUS, flags.container());
        assertEquals(new Flags.Tokens(null, null, null, null, "sub", "tenantId"), flags.tokens());
        assertTrue(flags.tokens().isDevMode());
        assertEquals(List.of(), flags.allowOrigins());
        assertEquals(List.of(), flags.trustedProxies());
        assertEquals(Flags.Stores.DEFAULT, flags.stores());
        assertNull(flags.node());
    }

    @Test
    void mailbox_isWhereTheDatabaseIs_unlessToldOtherwise() throws FlagProblem {
        String url = "jdbc:postgresql://db/tidings?user=u&password=secret";
        assertEquals(new Flags.Stores(url, true), parse("--database", url).stores());
        assertEquals(
                new Flags.Stores(url, true),
                parse("--database", url, "--mailbox", "jdbc").stores());
        assertEquals(
                new Flags.Stores(url, false),
                parse("--database", url, "--mailbox", "memory").stores());
        assertEquals(Flags.Stores.MEMORY, parse("--database", "memory").stores());
        assertFalse(parse("--database", url).toString().contains("secret"));
        assertFalse(problem("--database", "jdbc:oracle:secret").contains("secret"));
    }

    @Test
    void everyFlag_isRead() throws FlagProblem {
        String line = "--host 0.0.0.0 --port 0 --transport undertow --jwt-secret " + SECRET
                + " --issuer I --audience A --user-claim uid --tenant-claim org --allow-origin https://a.example"
                + " --allow-origin https://*.b.example --database memory --mailbox memory --node n1"
                + " --trusted-proxy 10.0.0.1 --trusted-proxy 2001:db8::/32";
        Flags flags = parse(line.split(" "));
        assertEquals(
                new Flags(
                        "0.0.0.0",
                        0,
                        Container.UNDERTOW,
                        new Flags.Tokens(SECRET, null, "I", "A", "uid", "org"),
                        List.of("https://a.example", "https://*.b.example"),
                        List.of("10.0.0.1", "2001:db8::/32"),
                        Flags.Stores.MEMORY,
                        "n1"),
                flags);
        assertFalse(flags.tokens().isDevMode());
    }

    @Test
    void everyFlag_isAnEnvironmentVariable() throws FlagProblem {
        Flags flags = parse(Map.ofEntries(
                Map.entry("TIDINGS_HOST", "localhost"),
                Map.entry("TIDINGS_PORT", "65535"),
                Map.entry("TIDINGS_TRANSPORT", "undertow"),
                Map.entry("TIDINGS_JWKS_URL", "https://id.example/keys"),
                Map.entry("TIDINGS_ISSUER", "I"),
                Map.entry("TIDINGS_AUDIENCE", "A"),
                Map.entry("TIDINGS_USER_CLAIM", "uid"),
                Map.entry("TIDINGS_TENANT_CLAIM", "org"),
                Map.entry("TIDINGS_ALLOW_ORIGIN", "https://a.example, https://b.example"),
                Map.entry("TIDINGS_TRUSTED_PROXY", "10.0.0.1,192.168.0.0/16"),
                Map.entry("TIDINGS_DATABASE", "memory"),
                Map.entry("TIDINGS_MAILBOX", "memory"),
                Map.entry("TIDINGS_NODE", "n1")));
        assertEquals(
                new Flags(
                        "localhost",
                        65_535,
                        Container.UNDERTOW,
                        new Flags.Tokens(null, URI.create("https://id.example/keys"), "I", "A", "uid", "org"),
                        List.of("https://a.example", "https://b.example"),
                        List.of("10.0.0.1", "192.168.0.0/16"),
                        Flags.Stores.MEMORY,
                        "n1"),
                flags);
        assertEquals(
                SECRET, parse(Map.of("TIDINGS_JWT_SECRET", SECRET)).tokens().secret());
    }

    @Test
    void commandLine_winsOverTheEnvironment() throws FlagProblem {
        Map<String, String> environment = Map.of("TIDINGS_PORT", "1", "TIDINGS_ALLOW_ORIGIN", "https://a.example");
        Flags flags = parse(environment, "--port", "2", "--allow-origin", "*");
        assertEquals(2, flags.port());
        assertEquals(List.of("*"), flags.allowOrigins());
    }

    @Test
    void variable_thatIsEmptyOrOfNoFlag_isNotOurs() throws FlagProblem {
        Flags flags = parse(Map.of("TIDINGS_PORT", "", "TIDINGS_REDIS", "", "TIDINGS_SERVICE_HOST", "10.0.0.1"));
        assertEquals(8080, flags.port());
    }

    @Test
    void value_mayFollowAnEqualsSign() throws FlagProblem {
        Flags flags =
                parse("--port=81", "--jwt-secret=--" + SECRET, "--allow-origin=https://a.example,https://b.example");
        assertEquals(81, flags.port());
        assertEquals("--" + SECRET, flags.tokens().secret());
        assertEquals(List.of("https://a.example", "https://b.example"), flags.allowOrigins());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --nope                      | --nope: unknown flag; --help lists them
                    --Port 1                    | --Port: unknown flag; --help lists them
                    8080                        | 8080: unknown flag; --help lists them
                    -p 1                        | -p: unknown flag; --help lists them
                    --port                      | --port: needs a value
                    --port --host 127.0.0.1     | --port: needs a value
                    --port=                     | --port: must not be empty
                    --port x                    | --port: expected 0 to 65535, was x
                    --port -1                   | --port: expected 0 to 65535, was -1
                    --port 65536                | --port: expected 0 to 65535, was 65536
                    --port 99999999999          | --port: expected 0 to 65535, was 99999999999
                    --port 1 --port 1           | --port: given twice
                    --host a..b                 | --host: unknown host a..b
                    --transport netty           | --transport: netty is not in this build
                    --transport netty           | --transport: netty is not in this build
                    --transport x               | --transport: expected tyrus, tomcat, jetty or undertow, was x
                    --transport TYRUS           | --transport: expected tyrus, tomcat, jetty or undertow, was TYRUS
                    --jwks-url nope             | --jwks-url: expected an http or https address
                    --jwks-url file:///etc/keys | --jwks-url: expected an http or https address
                    --allow-origin x            | --allow-origin: expected an origin such as https://app.example, or *, was x
                    --allow-origin *,,x         | --allow-origin: must not be empty
                    --database jdbc:h2:mem:     | --database: expected memory, jdbc:sqlite:<file> or jdbc:postgresql://<host>/<database>
                    --database x                | --database: expected memory, jdbc:sqlite:<file> or jdbc:postgresql://<host>/<database>
                    --database memory --mailbox jdbc | --mailbox: jdbc needs a database, and that is memory
                    --mailbox redis             | --mailbox: redis is not in this build
                    --mailbox x                 | --mailbox: expected jdbc or memory, was x
                    --redis redis://h:1         | --redis: not in this build
                    --kafka h:1                 | --kafka: not in this build
                    --kafka-topic t             | --kafka-topic: not in this build
                    --trusted-proxy proxy       | --trusted-proxy: expected an address such as 10.0.0.1, or a block such as 10.0.0.0/8, was proxy
                    --trusted-proxy ::1,10.0.0.0/33 | --trusted-proxy: expected an address such as 10.0.0.1, or a block such as 10.0.0.0/8, was 10.0.0.0/33
                    """)
    void flagThatDoesNotHold_isNamedInOneLine(String arguments, String line) {
        assertEquals(line, problem(arguments.split(" +")));
    }

    @Test
    void badVariable_isNamedAsItWasWritten() {
        assertEquals(
                "TIDINGS_PORT: expected 0 to 65535, was tcp://10.0.0.1:80",
                problem(Map.of("TIDINGS_PORT", "tcp://10.0.0.1:80")));
        assertEquals("TIDINGS_REDIS: not in this build", problem(Map.of("TIDINGS_REDIS", "redis://h:1")));
        assertEquals("TIDINGS_ALLOW_ORIGIN: must not be empty", problem(Map.of("TIDINGS_ALLOW_ORIGIN", "*,")));
    }

    @Test
    void badValue_isQuotedShortAndOnOneLine() {
        assertEquals(
                "--transport: expected tyrus, tomcat, jetty or undertow, was a?b" + "x".repeat(61) + "…",
                problem("--transport", "a\nb" + "x".repeat(1_000)));
    }

    @Test
    void secret_isNeverQuotedAndHasAtLeast32Bytes() throws FlagProblem {
        assertEquals("--jwt-secret: must have at least 32 bytes, has 31", problem("--jwt-secret", SECRET.substring(1)));
        assertEquals(SECRET, parse("--jwt-secret", SECRET).tokens().secret());
        assertFalse(parse("--jwt-secret", SECRET).toString().contains(SECRET));
    }

    @Test
    void secretAndJwks_excludeEachOther() {
        assertEquals(
                "--jwks-url: not together with TIDINGS_JWT_SECRET",
                problem(Map.of("TIDINGS_JWT_SECRET", SECRET), "--jwks-url", "https://id.example/keys"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.9", "localhost", "::1"})
    void devMode_onALoopbackHost(String host) throws FlagProblem {
        assertTrue(parse("--host", host).tokens().isDevMode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.0.0.1", "::"})
    void devMode_onAnyOtherHost_isRefused(String host) throws FlagProblem {
        assertEquals(
                "--host: " + host + " is no loopback address, so --jwt-secret or --jwks-url is needed: dev mode gives a"
                        + " token to anybody",
                problem("--host", host));
        assertEquals(host, parse("--host", host, "--jwt-secret", SECRET).host());
    }

    @Test
    void node_isAnId() throws FlagProblem {
        assertEquals("--node: must have at most 128 characters, has 129", problem("--node", "n".repeat(129)));
        assertEquals("n".repeat(128), parse("--node", "n".repeat(128)).node());
    }

    @ParameterizedTest
    @EnumSource(Flag.class)
    void usage_namesEveryFlag(Flag flag) {
        assertTrue(Arrays.asList(Flag.usage().split("\\s+")).contains(flag.written()));
    }
}
