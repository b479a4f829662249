package io.tidings.auth;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/** Checks good and bad tokens, tells what came of them as a careless host would, and writes the tokens to a file. */
final class TokenLogProbe {

    /** Marks every claim, name and secret. */
    private static final String MARK = "l3ak";

    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(TokenLogProbe.class);

    private TokenLogProbe() {}

    public static void main(String[] arguments) throws Exception {
        Logger root = Logger.getLogger("");
        root.setLevel(Level.ALL);
        for (Handler handler : root.getHandlers()) {
            handler.setLevel(Level.ALL);
        }
        root.finest("canary of java.util.logging at finest");
        LOG.trace("canary of slf4j at trace");

        TestKey secret = TestKey.secret((MARK + "-secret").repeat(6).getBytes(StandardCharsets.UTF_8));
        TestKey ed = TestKey.ed25519();
        TestKey ec = TestKey.ec("secp256r1");
        List<String> tokens = tokens(List.of(secret, ed, ec));
        Files.write(Path.of(arguments[0]), tokens);

        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        String keys = TestKey.set(ed.jwk("\"kid\":\"" + MARK + "\""), ec.jwk("\"kid\":\"b\""));
        for (String path : List.of("/good", "/bad")) {
            server.createContext(path, exchange -> {
                byte[] body =
                        (path.equals("/good") ? keys : "{\"keys\":\"" + MARK + "\"").getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
        }
        server.start();
        String here = "http://127.0.0.1:" + server.getAddress().getPort();
        try {
            ask(JwtAuthenticator.withSecret(secret.secret()), tokens);
            ask(JwtAuthenticator.withPem(ec.pem()), tokens);
            ask(JwtAuthenticator.withJwkSet(TestKey.set(secret.jwk(), ed.jwk())), tokens);
            ask(JwtAuthenticator.withJwks(URI.create(here + "/good")), tokens);
            ask(JwtAuthenticator.withJwks(URI.create(here + "/bad?key-in-the-query")), tokens);
            ask(JwtAuthenticator.withJwks(URI.create("http://127.0.0.1:1/keys")), tokens);
            build(JwtAuthenticator.withSecret(MARK));
            build(JwtAuthenticator.withPem(MARK));
            build(JwtAuthenticator.withPem("-----BEGIN PUBLIC KEY-----\n" + MARK + "\n-----END PUBLIC KEY-----"));
            build(JwtAuthenticator.withJwkSet("{\"keys\":[\"" + MARK + "\"]}"));
            build(JwtAuthenticator.withJwkSet("{\"keys\":" + MARK));
        } finally {
            server.stop(0);
        }
        System.exit(0);
    }

    private static List<String> tokens(List<TestKey> keys) {
        String claims = "{\"sub\":\"" + MARK + "-user\",\"device\":\"" + MARK + "-device\",\"tenantId\":\"" + MARK
                + "-tenant\",\"scope\":\"" + MARK + "-scope\",\"kept\":\"" + MARK + "-kept\",\"exp\":";
        List<String> tokens = new ArrayList<>();
        for (TestKey key : keys) {
            String algorithm = key.pair() == null
                    ? "HS256"
                    : key.pair().getPublic().getAlgorithm().equals("EC") ? "ES256" : "EdDSA";
            String head = "{\"alg\":\"" + algorithm + "\",\"kid\":\"" + MARK + "\"";
            String good = TestToken.signed(key, algorithm, head + '}', claims + "4102444800}");
            tokens.add(good);
            tokens.add(good.substring(0, good.length() - 10));
            tokens.add(good + "\u00e9");
            tokens.add(good + "." + good);
            tokens.add(good.substring(5));
            tokens.add(good.substring(0, good.lastIndexOf('.') + 1));
            tokens.add(
                    TestToken.signed(key, algorithm, head + ",\"crit\":[\"" + MARK + "\"]}", claims + "4102444800}"));
            tokens.add(TestToken.signed(key, algorithm, head + ",\"alg\":\"none\"}", claims + "4102444800}"));
            tokens.add(TestToken.signed(key, algorithm, head, claims + "4102444800}"));
            tokens.add(TestToken.signed(key, algorithm, "{\"alg\":\"" + MARK + "\"}", claims + "4102444800}"));
            tokens.add(TestToken.signed(key, algorithm, "{\"alg\":\"none\"}", claims + "4102444800}"));
            tokens.add(TestToken.signed(key, algorithm, head + '}', claims + "1}"));
            tokens.add(TestToken.signed(key, algorithm, head + '}', claims + MARK + '}'));
            tokens.add(TestToken.signed(key, algorithm, head + '}', claims + "\"" + MARK + "\"}"));
            tokens.add(TestToken.signed(key, algorithm, head + '}', MARK + claims));
        }
        return tokens;
    }

    private static void ask(JwtAuthenticatorBuilder builder, List<String> tokens) throws Exception {
        Authenticator authenticator = builder.keepClaim("kept").build();
        for (String token : tokens) {
            try {
                System.out.println(
                        TestToken.authenticate(authenticator, token) instanceof Authentication.Refused refused
                                ? refused
                                : "accepted");
            } catch (ExecutionException e) {
                LOG.error("the host says", e);
            }
        }
    }

    private static void build(JwtAuthenticatorBuilder builder) {
        try {
            builder.build();
            throw new AssertionError("built");
        } catch (IllegalArgumentException e) {
            LOG.error("the host says", e);
        }
    }
}
