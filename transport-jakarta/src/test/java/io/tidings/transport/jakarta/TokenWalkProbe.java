package io.tidings.transport.jakarta;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.auth.JwtAuthenticator;
import io.tidings.auth.TokenSource;
import io.tidings.dialect.Dialect;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.policy.HandshakeLimits;
import io.tidings.spi.Transport;
import io.tidings.testkit.HandshakeRefused;
import io.tidings.testkit.RawWebSocketClient;
import io.tidings.testkit.Received;
import io.tidings.testkit.UpgradeRequest;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks up to a server with tokens of every kind, in every way to bring one, in both dialects and both ways of being refused. Says
 * what was not as it should be, and writes all tokens to a file.
 */
final class TokenWalkProbe {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Held, so that its level is. */
    private static final Logger TOMCAT = Logger.getLogger("org.apache");

    private final WalkTokens tokens = new WalkTokens(Instant.now(), "ours");
    private final List<String> wrong = new ArrayList<>();
    private final List<String> used = new ArrayList<>();
    private InetSocketAddress address;
    private int walked;

    private TokenWalkProbe() {}

    /** A path with all that is asked of it. */
    private record Way(String path, Dialect dialect, boolean before, Set<TokenSource> sources) {

        static List<Way> all() {
            List<Way> ways = new ArrayList<>();
            for (boolean before : new boolean[] {false, true}) {
                for (Dialect dialect : List.of(EventDialect.standard(), EnvelopeDialect.standard())) {
                    ways.add(of(dialect, before, EnumSet.allOf(TokenSource.class)));
                    for (TokenSource only : TokenSource.values()) {
                        ways.add(of(dialect, before, EnumSet.of(only)));
                    }
                }
            }
            return ways;
        }

        private static Way of(Dialect dialect, boolean before, Set<TokenSource> sources) {
            String name = sources.size() > 1 ? "any" : sources.iterator().next().name();
            return new Way(
                    '/' + dialect.name() + '/' + (before ? "before" : "after") + '/' + name, dialect, before, sources);
        }

        boolean event() {
            return dialect.name().equals("event");
        }

        Endpoint endpoint() {
            Endpoint endpoint = Endpoint.of(path, dialect).withTokenSources(sources);
            return before ? endpoint.refusingBeforeUpgrade() : endpoint;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Logger root = Logger.getLogger("");
        root.setLevel(Level.ALL);
        for (Handler handler : root.getHandlers()) {
            handler.setLevel(Level.ALL);
        }
        TOMCAT.setLevel(Level.INFO);
        root.finest("canary of java.util.logging at finest");
        LoggerFactory.getLogger(TokenWalkProbe.class).trace("canary of slf4j at trace");
        TokenWalkProbe probe = new TokenWalkProbe();
        Function<TransportOptions, Transport> container = TokenWalkTest.Container.valueOf(arguments[0]).transport;
        probe.walk(container.apply(TransportOptions.builder().ioThreads(1).build()));
        Files.write(Path.of(arguments[1]), probe.used);
        probe.wrong.forEach(each -> System.out.println("WRONG " + each));
        System.out.println("walked " + probe.walked);
        System.exit(0);
    }

    private void walk(Transport transport) throws Exception {
        List<Way> ways = Way.all();
        var builder = Hub.builder()
                .handshakeLimits(HandshakeLimits.STANDARD.unlimited())
                .authenticator(JwtAuthenticator.withJwkSet(tokens.jwks())
                        .issuer(WalkTokens.ISSUER)
                        .audience(WalkTokens.AUDIENCE)
                        .build());
        ways.forEach(way -> builder.endpoint(way.endpoint()));
        Hub hub = builder.build();
        try (transport) {
            address = transport.start(hub.acceptor());
            for (Way way : ways) {
                walk(way);
            }
        } finally {
            hub.close();
        }
    }

    private void walk(Way way) {
        Map<String, String> bad = way.sources.size() > 1
                ? tokens.bad()
                : Map.of("a stranger's", tokens.bad().get("another tenant's key"));
        bad.values().forEach(this::use);
        TokenSource first = way.sources.stream().sorted().findFirst().orElseThrow();
        for (TokenSource source : TokenSource.values()) {
            if (way.sources.contains(source)) {
                expectOpen(way, Map.of(source, good(way)));
                bad.forEach((what, token) -> expectRefused(way, what, Map.of(source, token)));
                // A header or a parameter with nothing in it is none: another way may follow.
                if (way.sources.size() == 1 || source == TokenSource.SUBPROTOCOL || source == TokenSource.FRAME) {
                    expectRefused(way, "nothing in it", Map.of(source, ""));
                }
            } else if (first != TokenSource.FRAME && source != TokenSource.FRAME) {
                // Switched off: as if there were none.
                expectRefused(way, "a good one that nobody looks at in " + source, Map.of(source, good(way)));
            }
        }
        if (way.sources.size() == 1) {
            if (first != TokenSource.FRAME) {
                expectRefused(way, "none", Map.of());
            }
            return;
        }
        String stranger = use(tokens.bad().get("another tenant's key"));
        TokenSource[] sources = TokenSource.values();
        for (int i = 0; i < sources.length - 1; i++) {
            for (int later = i + 1; later < sources.length - 1; later++) {
                expectOpen(way, Map.of(sources[i], good(way), sources[later], stranger));
                expectRefused(way, "a good one too late", Map.of(sources[i], stranger, sources[later], good(way)));
            }
        }
    }

    private String good(Way way) {
        return use(tokens.good(way.dialect.name() + walked));
    }

    private String use(String token) {
        if (!used.contains(token)) {
            used.add(token);
        }
        return token;
    }

    private void expectOpen(Way way, Map<TokenSource, String> brought) {
        walked++;
        String what = way.path + " a good one in " + brought.keySet();
        try (RawWebSocketClient client = connect(way, brought)) {
            String said = client.nextText(PATIENCE);
            if (!said.contains(way.event() ? "\"connected\"" : "\"CONNECTED\"")) {
                wrong.add(what + ": " + said);
            }
        } catch (HandshakeRefused refused) {
            wrong.add(what + ": " + refused.status() + ' ' + refused.headers() + ' '
                    + refused.body().strip());
        } catch (RuntimeException | AssertionError e) {
            wrong.add(what + ": " + e);
        }
    }

    private void expectRefused(Way way, String what, Map<TokenSource, String> brought) {
        walked++;
        String said;
        boolean early = !brought.containsKey(TokenSource.FRAME);
        boolean huge = what.equals(WalkTokens.HUGE);
        try (RawWebSocketClient client = connect(way, brought)) {
            said = refusalOf(client, huge);
        } catch (HandshakeRefused refused) {
            said = refused.status()
                    + refused.headers()
                            .getOrDefault("WWW-Authenticate", List.of())
                            .toString()
                    + (refused.body().contains("UNAUTHORIZED") ? "unauthorized" : "");
        } catch (UncheckedIOException e) {
            said = "cut off";
        } catch (RuntimeException | AssertionError e) {
            said = e.toString();
        }
        // What is over the limit of a header may be cut off before it has all been sent.
        String expected = huge
                ? early ? "4(00|14|31)\\[]|cut off" : "1009.*"
                : way.before && early ? "401\\[Bearer]unauthorized" : "error unauthorized 4500";
        if (!said.matches(expected)) {
            wrong.add(way.path + ' ' + what + " in " + brought.keySet() + ": " + said);
        }
    }

    private static String refusalOf(RawWebSocketClient client, boolean huge) {
        Received first = client.next(PATIENCE);
        if (first instanceof Received.Close close) {
            return close.code() + "";
        }
        if (!(first instanceof Received.Text text)) {
            return first.toString();
        }
        boolean error = text.toString().toLowerCase(java.util.Locale.ROOT).contains("error");
        boolean unauthorized = text.toString().contains("\"UNAUTHORIZED\"");
        if (!unauthorized) {
            return text.toString();
        }
        Received.Close close = client.expectClose(PATIENCE);
        return (huge ? "" : error ? "error " : "") + "unauthorized " + close.code();
    }

    private RawWebSocketClient connect(Way way, Map<TokenSource, String> brought) {
        String query = brought.containsKey(TokenSource.QUERY)
                ? "?token=" + URLEncoder.encode(brought.get(TokenSource.QUERY), UTF_8)
                : "";
        UpgradeRequest request = UpgradeRequest.to("127.0.0.1", address.getPort(), way.path + query);
        if (brought.containsKey(TokenSource.HEADER)) {
            request = request.bearer(brought.get(TokenSource.HEADER));
        }
        request = brought.containsKey(TokenSource.SUBPROTOCOL)
                ? request.subprotocols("bearer." + brought.get(TokenSource.SUBPROTOCOL), "tidings.v1")
                : request.subprotocols("tidings.v1");
        RawWebSocketClient client = RawWebSocketClient.to(request).connect();
        if (brought.containsKey(TokenSource.FRAME)) {
            String token = brought.get(TokenSource.FRAME);
            client.sendText(
                    way.event()
                            ? "{\"type\":\"auth\",\"data\":{\"token\":\"" + token + "\"}}"
                            : "{\"type\":\"AUTH\",\"payload\":{\"token\":\"" + token + "\"}}");
        }
        return client;
    }
}
