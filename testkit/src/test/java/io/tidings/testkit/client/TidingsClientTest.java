package io.tidings.testkit.client;

import static io.tidings.testkit.client.ScriptedServer.id;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.client.ScriptedServer.Peer;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client promises, against a server that says and does what the test wants. */
@Tag("R92")
class TidingsClientTest {

    private static final URI ENDPOINT = URI.create("ws://localhost/api/v1/ws");

    private final ManualTime time = new ManualTime();
    private final ScriptedServer server = new ScriptedServer(time);
    private final List<String> told = new ArrayList<>();
    private final List<CompletableFuture<String>> asked = new ArrayList<>();
    private boolean tokensAtOnce = true;
    private @Nullable Duration retryIn;

    private final ClientListener listener = new ClientListener() {
        @Override
        public void connected(JsonNode body) {
            told.add("connected");
        }

        @Override
        public void message(ClientMessage message) {
            told.add(message.type() + ' ' + message.body().path("id").asText());
            if (message.body().path("throw").asBoolean()) {
                throw new IllegalStateException("as asked");
            }
        }

        @Override
        public void live(String lastMessageId) {
            told.add("live " + lastMessageId);
        }

        @Override
        public void gap(String from, String to, String reason) {
            told.add("gap " + from + ' ' + to + ' ' + reason);
        }

        @Override
        public void error(String code, String message) {
            told.add("error " + code);
        }

        @Override
        public void disconnected(int code, String reason, @Nullable Duration in) {
            told.add("disconnected " + code);
            retryIn = in;
        }

        @Override
        public void stopped(int code, String reason) {
            told.add("stopped " + code);
        }

        @Override
        public void failed(RuntimeException failure) {
            told.add("failed");
        }
    };

    /** Chance that always falls on the highest, so that delays are the windows themselves. */
    private static final RandomGenerator HIGHEST = new RandomGenerator() {
        @Override
        public long nextLong() {
            return Long.MAX_VALUE;
        }

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    };

    private TidingsClient start() {
        return start(options -> options);
    }

    private TidingsClient start(UnaryOperator<ClientOptions> more) {
        ClientOptions options = TidingsClient.to(ENDPOINT, () -> {
                    CompletableFuture<String> token = new CompletableFuture<>();
                    asked.add(token);
                    if (tokensAtOnce) {
                        token.complete("token-" + asked.size());
                    }
                    return token;
                })
                .listener(listener)
                .device("phone")
                .instance("i1")
                .backoff(Duration.ofMillis(500), Duration.ofSeconds(30))
                .ticker(time)
                .scheduler(time)
                .random(HIGHEST)
                .executor(time.executor());
        return more.apply(options).start(server);
    }

    private List<String> told() {
        time.runUntilQuiet();
        List<String> all = List.copyOf(told);
        told.clear();
        return all;
    }

    private Duration retryIn() {
        time.runUntilQuiet();
        assertTrue(retryIn != null, "it does not retry");
        return retryIn;
    }

    /** The next attempt is made exactly after the delay that was told. */
    private Peer retry() {
        time.advance(retryIn().minusMillis(1));
        server.assertNoAttempt();
        time.advance(Duration.ofMillis(1));
        return server.attempt();
    }

    private static ObjectNode body(String text) {
        return JsonNodeFactory.instance.objectNode().put("t", text);
    }

    @Test
    void connecting_bringsTokenDeviceAndInstance_andTheTokenIsNotInTheAddress() {
        start();
        Peer peer = server.attempt();
        assertEquals("token-1", peer.token);
        assertEquals(URI.create("ws://localhost/api/v1/ws?device=phone&instance=i1"), peer.uri);
    }

    @Test
    void connecting_escapesWhatItIsGiven_andKeepsTheEndpointsQuery() {
        ClientOptions options = TidingsClient.to(
                        URI.create("ws://h:8080/ws?a=b"), () -> CompletableFuture.completedFuture("t"))
                .device("a&b c")
                .instance("i/1")
                .categories(List.of("SOCIAL", "x,y"))
                .lastMessageId(id(5))
                .ticker(time)
                .scheduler(time)
                .executor(time.executor());
        options.start(server);
        assertEquals(
                "ws://h:8080/ws?a=b&device=a%26b+c&instance=i%2F1&lastMessageId=" + id(5)
                        + "&categories=SOCIAL%2Cx%2Cy",
                server.attempt().uri.toString());
    }

    @Test
    void options_outOfRange_areAllNamed() {
        IllegalArgumentException problem = assertThrows(
                IllegalArgumentException.class,
                () -> TidingsClient.to(URI.create("http://h/"), () -> CompletableFuture.completedFuture("t"))
                        .backoff(Duration.ZERO, Duration.ZERO)
                        .maxRequests(0)
                        .ackDelay(Duration.ofMillis(-1))
                        .start());
        for (String name : List.of("endpoint", "backoffBase", "backoffCap", "maxRequests", "ackDelay")) {
            assertTrue(problem.getMessage().contains(name), problem.getMessage());
        }
    }

    @Test
    @Tag("R43")
    void aLostConnection_isResumedAfterTheLastMessageThatWasHandled_withTheSameInstance() {
        start();
        Peer first = server.attempt().connected();
        first.durable(1);
        first.durable(2);
        first.end(1006, "");
        assertEquals(
                URI.create("ws://localhost/api/v1/ws?device=phone&instance=i1&lastMessageId=" + id(2)), retry().uri);
    }

    @Test
    @Tag("R43")
    void aClientThatWasToldNothing_resumesWhereItsDeliveryBegan() {
        start();
        server.attempt().connected().end(1006, "");
        assertTrue(retry().uri.toString().endsWith("lastMessageId=" + id(0)));
    }

    @Test
    @Tag("R41")
    void aMessageThatComesAgain_isToldOnce_andOneWithoutAPositionAlways() {
        TidingsClient client = start();
        Peer peer = server.attempt().connected();
        peer.durable(1);
        peer.durable(2);
        peer.end(1006, "");
        peer = retry().connected();
        peer.durable(1);
        peer.durable(2);
        peer.durable(3);
        peer.say("{'type':'message:typing','data':{'id':9},'id':'t00000000010000000001'}");
        peer.say("{'type':'message:typing','data':{'id':9},'id':'t00000000010000000001'}");
        assertEquals(
                List.of(
                        "connected",
                        "message:new 1",
                        "message:new 2",
                        "disconnected 1006",
                        "connected",
                        "message:new 3",
                        "message:typing 9",
                        "message:typing 9"),
                told());
        assertEquals(2, client.duplicates());
    }

    @Test
    @Tag("R43")
    void aGap_isTold_andWhatFollowsIsNoRepeat_evenOfAnEarlierEpoch() {
        start(options -> options.lastMessageId("p00000000020000000009"));
        Peer peer = server.attempt().connected();
        peer.say("{'type':'delivery:gap','data':{'from':'p00000000020000000009','to':'" + id(4)
                + "','reason':'epoch'}}");
        peer.durable(5);
        peer.say("{'type':'delivery:live','data':{'lastMessageId':'" + id(5) + "'}}");
        assertEquals(
                List.of("connected", "gap p00000000020000000009 " + id(4) + " epoch", "message:new 5", "live " + id(5)),
                told());
        peer.end(1006, "");
        assertTrue(retry().uri.toString().endsWith(id(5)));
    }

    @Test
    @Tag("R44")
    void acknowledgements_areGathered_andSayTheLast() {
        start();
        Peer peer = server.attempt().connected();
        peer.durable(1);
        time.advance(Duration.ofMillis(1_999));
        peer.durable(2);
        peer.durable(3);
        assertEquals(List.of(), peer.taken());
        time.advance(Duration.ofMillis(1));
        assertEquals(List.of("{'type':'ack','data':{'messageId':'" + id(3) + "'}}"), peer.taken());
        time.advance(Duration.ofSeconds(5));
        assertEquals(List.of(), peer.taken());
        peer.durable(4);
        time.advance(Duration.ofSeconds(2));
        assertEquals(List.of("{'type':'ack','data':{'messageId':'" + id(4) + "'}}"), peer.taken());
    }

    @Test
    @Tag("R44")
    void whatWasNotAcknowledgedWhenTheConnectionWasLost_isOnTheNext() {
        start();
        Peer peer = server.attempt().connected();
        peer.durable(1);
        peer.end(1006, "");
        peer = retry().connected();
        peer.say("{'type':'delivery:live','data':{'lastMessageId':'" + id(1) + "'}}");
        time.advance(Duration.ofSeconds(2));
        assertEquals(List.of("{'type':'ack','data':{'messageId':'" + id(1) + "'}}"), peer.taken());
    }

    @Test
    void closing_acknowledgesFirst_closesWith1000_andEnds() {
        TidingsClient client = start();
        Peer peer = server.attempt().connected();
        peer.durable(1);
        client.close();
        assertEquals(List.of("{'type':'ack','data':{'messageId':'" + id(1) + "'}}"), peer.taken());
        assertEquals(1000, peer.closed);
        assertFalse(peer.aborted);
        assertEquals(List.of("connected", "message:new 1", "disconnected 1000", "stopped 1000"), told());
        assertTrue(client.stopped().toCompletableFuture().isDone());
        time.advance(Duration.ofMinutes(5));
        server.assertNoAttempt();
        assertEquals(List.of(), told());
    }

    @Test
    void aborting_saysNothingToTheServer() {
        TidingsClient client = start();
        Peer peer = server.attempt().connected();
        peer.durable(1);
        client.abort();
        assertEquals(List.of(), peer.taken());
        assertTrue(peer.aborted);
        time.advance(Duration.ofMinutes(5));
        server.assertNoAttempt();
        assertEquals(List.of("connected", "message:new 1", "disconnected 1006", "stopped 1006"), told());
    }

    @Test
    void cutting_dropsTheConnection_andComesBack() {
        TidingsClient client = start();
        Peer peer = server.attempt().connected();
        client.cut();
        time.runUntilQuiet();
        assertTrue(peer.aborted);
        retry().connected();
        assertEquals(List.of("connected", "disconnected 1006", "connected"), told());
    }

    @Test
    void aPing_isAnsweredWithItsTime() {
        start();
        Peer peer = server.attempt().connected();
        peer.say("{'type':'ping','timestamp':'2024-01-15T10:30:00Z'}");
        assertEquals(List.of("{'type':'pong','timestamp':'2024-01-15T10:30:00Z'}"), peer.taken());
    }

    @Test
    void aServerThatIsSilentForIntervalAndTimeout_isGone_andAnySignOfLifeCounts() {
        start();
        Peer peer = server.attempt().connected();
        time.advance(Duration.ofMillis(39_999));
        peer.heard();
        time.advance(Duration.ofMillis(39_999));
        peer.say("{'type':'message:typing','data':{}}");
        time.advance(Duration.ofMillis(39_999));
        assertFalse(peer.aborted);
        time.advance(Duration.ofMillis(1));
        assertTrue(peer.aborted);
        retry();
    }

    @Test
    void aPausedClient_asksForNothing_isNotSilent_andGoesOn() {
        TidingsClient client = start();
        Peer peer = server.attempt().connected();
        client.pause();
        peer.durable(1);
        assertEquals(0, peer.asked);
        time.advance(Duration.ofMinutes(10));
        assertFalse(peer.aborted);
        client.resume();
        time.runUntilQuiet();
        peer.durable(2);
        assertEquals(1, peer.asked);
        assertEquals(List.of("connected", "message:new 1", "message:new 2"), told());
    }

    @Test
    @Tag("R33")
    void oneTextAtATime_isAskedFor() {
        start();
        Peer peer = server.attempt().connected();
        assertEquals(1, peer.asked);
        peer.durable(1);
        assertEquals(1, peer.asked);
    }

    @Test
    void firstRetry_fallsInTheServersWindow_laterOnesDouble_upToTheCap() {
        start();
        server.attempt().connected().end(1006, "");
        List<Long> delays = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            delays.add(retryIn().toMillis());
            retry().unreachable();
        }
        assertEquals(List.of(700L, 1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 30_000L, 30_000L, 30_000L), delays);
    }

    @Test
    void jitter_isFull_alsoAtTheCap() {
        Backoff backoff = new Backoff(new Random(1), Duration.ofMillis(500), Duration.ofSeconds(30));
        for (int i = 0; i < 10; i++) {
            backoff.next(700);
        }
        long[] delays = IntStream.range(0, 2_000)
                .mapToLong(i -> backoff.next(700).toMillis())
                .sorted()
                .toArray();
        assertTrue(delays[0] < 300, "lowest " + delays[0]);
        assertTrue(delays[1_999] > 29_700 && delays[1_999] <= 30_000, "highest " + delays[1_999]);
        assertTrue(delays[1_000] > 13_500 && delays[1_000] < 16_500, "median " + delays[1_000]);
    }

    @Test
    void jitterOfTheFirstRetry_isOverTheWindow_whichTheCapBounds() {
        long highest = 0;
        for (int seed = 0; seed < 500; seed++) {
            Backoff backoff = new Backoff(new Random(seed), Duration.ofMillis(500), Duration.ofSeconds(30));
            highest = Math.max(highest, backoff.next(700).toMillis());
        }
        assertTrue(highest > 680 && highest <= 700, "highest " + highest);
        Backoff bounded = new Backoff(HIGHEST, Duration.ofMillis(500), Duration.ofSeconds(30));
        assertEquals(Duration.ofSeconds(30), bounded.next(1_000_000));
    }

    @Test
    void aConnectionThatWasStable_beginsTheBackoffAnew_andAShortOneDoesNot() {
        start();
        server.attempt().connected().end(1006, "");
        Peer peer = retry().connected();
        time.advance(Duration.ofMillis(29_999));
        peer.end(1006, "");
        assertEquals(Duration.ofMillis(1_000), retryIn());
        peer = retry().connected();
        time.advance(Duration.ofSeconds(30));
        peer.end(1006, "");
        assertEquals(Duration.ofMillis(700), retryIn());
    }

    @ParameterizedTest
    @ValueSource(
            ints = {1000, 1001, 1002, 1006, 1009, 1011, 1012, 1013, 4000, 4001, 4002, 4003, 4004, 4005, 4029, 4499})
    @Tag("R37")
    void codesThatComeBack_doSo(int code) {
        start();
        server.attempt().connected().end(code, "");
        assertEquals(Duration.ofMillis(700), retryIn());
        retry();
        assertEquals(List.of("connected", "disconnected " + code), told());
    }

    @ParameterizedTest
    @ValueSource(ints = {4501, 4502, 4503, 4504, 4505, 4999})
    @Tag("R37")
    void codesThatStop_doSo(int code) {
        start();
        server.attempt().connected().end(code, "");
        time.advance(Duration.ofMinutes(10));
        server.assertNoAttempt();
        assertEquals(List.of("connected", "disconnected " + code, "stopped " + code), told());
    }

    @ParameterizedTest
    @ValueSource(ints = {1012, 1013, 4029})
    @Tag("R37")
    void aDelayThatTheServerNames_isKept(int code) {
        start();
        server.attempt().connected().end(code, "drain;delayMs=12345");
        assertEquals(Duration.ofMillis(12_345), retryIn());
        retry().unreachable();
        assertEquals(Duration.ofMillis(1_000), retryIn());
    }

    @Test
    @Tag("R37")
    void aDelay_isBounded_andOneThatCannotBeReadIsNone() {
        assertEquals(
                OptionalLong.of(600_000),
                CloseVerdict.of(1012, "drain;delayMs=999999999").delayMillis());
        assertEquals(OptionalLong.of(0), CloseVerdict.of(1012, "delayMs=0").delayMillis());
        for (String reason : List.of("", "drain", "delayMs=", "delayMs=-1", "delayMs=1x", "delayMs=99999999999999")) {
            assertEquals(OptionalLong.empty(), CloseVerdict.of(1012, reason).delayMillis(), reason);
        }
        assertEquals(OptionalLong.empty(), CloseVerdict.of(4000, "delayMs=5").delayMillis());
    }

    @Test
    @Tag("R5")
    void anExpiredToken_isRenewed_thenItReconnects() {
        start();
        server.attempt().connected().end(4004, "");
        assertEquals("token-2", retry().token);
    }

    @Test
    @Tag("R37")
    void aTokenThatIsRefused_isRenewedOnce_andThenItStops() {
        start();
        server.attempt().upgrade().end(4500, "");
        Peer second = retry();
        assertEquals("token-2", second.token);
        second.upgrade().end(4500, "");
        assertEquals(List.of("disconnected 4500", "disconnected 4500", "stopped 4500"), told());
        assertEquals(2, asked.size());
    }

    @Test
    @Tag("R37")
    void aTokenThatIsRefusedLater_isRenewedOnceAgain() {
        start();
        server.attempt().upgrade().end(4500, "");
        retry().connected().end(4500, "");
        assertEquals("token-3", retry().token);
    }

    @Test
    @Tag("R4")
    void http401_isAsUnauthorised_http403Stops_andOthersComeBackWhenTheyAreTold() {
        start();
        server.attempt().refuse(401, OptionalLong.empty());
        Peer second = retry();
        assertEquals("token-2", second.token);
        second.refuse(503, OptionalLong.of(7_000));
        assertEquals(Duration.ofSeconds(7), retryIn());
        retry().refuse(429, OptionalLong.empty());
        retry().refuse(403, OptionalLong.empty());
        assertEquals(
                List.of(
                        "disconnected 4500",
                        "disconnected 1006",
                        "disconnected 1006",
                        "disconnected 4501",
                        "stopped 4501"),
                told());
    }

    @Test
    void aTokenThatDoesNotCome_isAskedForAgain() {
        tokensAtOnce = false;
        start();
        time.runUntilQuiet();
        asked.get(0).completeExceptionally(new IllegalStateException("no token today"));
        time.runUntilQuiet();
        time.advance(retryIn());
        assertEquals(2, asked.size());
        time.advance(Duration.ofSeconds(10));
        assertEquals(List.of("disconnected 1006", "disconnected 1006"), told());
        asked.get(1).complete("too late");
        server.assertNoAttempt();
        time.advance(retryIn());
        asked.get(2).complete("in time");
        assertEquals("in time", server.attempt().token);
    }

    @Test
    @Tag("R5")
    void aTokenThatIsAboutToExpire_isRenewedOnTheOpenConnection() {
        start();
        Peer peer = server.attempt().connected();
        peer.say("{'type':'auth:expiring','data':{'expiresAt':'2024-01-15T11:00:00Z'}}");
        assertEquals(List.of("{'type':'auth:refresh','data':{'token':'token-2'}}"), peer.taken());
        peer.end(1006, "");
        assertEquals("token-2", retry().token);
    }

    @Test
    void anUpgradeOrAFirstFrameThatDoesNotCome_isWaitedFor10Seconds() {
        start();
        Peer peer = server.attempt();
        time.advance(Duration.ofMillis(9_999));
        assertEquals(List.of(), told());
        time.advance(Duration.ofMillis(1));
        assertEquals(List.of("disconnected 1006"), told());
        Peer second = retry();
        peer.upgrade();
        assertTrue(peer.aborted, "an upgrade that came late is let go of");
        second.upgrade();
        time.advance(Duration.ofSeconds(10));
        assertTrue(second.aborted);
        retry().connected();
        time.advance(Duration.ofSeconds(15));
        assertEquals(List.of("disconnected 1006", "connected"), told());
    }

    @Test
    void whatAnEarlierConnectionStillSays_isIgnored() {
        TidingsClient client = start();
        Peer first = server.attempt().connected();
        client.cut();
        Peer second = retry().connected();
        first.asked = 5;
        first.durable(1);
        first.end(4501, "");
        second.durable(1);
        assertEquals(List.of("connected", "disconnected 1006", "connected", "message:new 1"), told());
    }

    @Test
    void framesThatCannotBeRead_areIgnored() {
        start();
        Peer peer = server.attempt().connected();
        peer.say("{");
        peer.say("[]");
        peer.say("'x'");
        peer.say("{'data':{}}");
        peer.durable(1);
        assertEquals(List.of("connected", "message:new 1"), told());
    }

    @Test
    void aHandlerThatThrows_isTold_andTheMessageCountsAsHandled() {
        start();
        Peer peer = server.attempt().connected();
        peer.say("{'type':'message:new','data':{'id':1,'throw':true},'id':'" + id(1) + "'}");
        peer.durable(2);
        assertEquals(List.of("connected", "message:new 1", "failed", "message:new 2"), told());
    }

    @Test
    @Tag("R50")
    void aRequest_isAnsweredByItsId() {
        TidingsClient client = start();
        CompletableFuture<JsonNode> one =
                client.request("message:send", body("a")).toCompletableFuture();
        Peer peer = server.attempt().connected();
        CompletableFuture<JsonNode> two =
                client.request("message:send", body("b")).toCompletableFuture();
        List<String> sent = peer.taken();
        assertEquals(2, sent.size());
        assertTrue(sent.get(0).contains("'data':{'t':'a'}"), sent.get(0));
        peer.say("{'type':'error','error':{'code':'INVALID_MESSAGE','message':'no','field':'t','id':'"
                + requestId(sent.get(1)) + "'}}");
        peer.say("{'type':'result','id':'" + requestId(sent.get(0)) + "','data':{'x':1}}");
        assertEquals(1, one.join().path("x").asInt());
        RequestFailed failure = failure(two);
        assertEquals("INVALID_MESSAGE", failure.code());
        assertEquals("t", failure.field());
        peer.say("{'type':'error','error':{'code':'RATE_LIMIT','message':'no','id':'another'}}");
        assertEquals(List.of("connected", "error RATE_LIMIT"), told());
    }

    @Test
    void aRequestWithoutAnAnswer_isMadeAgainUnderItsId() {
        TidingsClient client = start();
        Peer peer = server.attempt().connected();
        CompletableFuture<JsonNode> outcome =
                client.request("message:send", body("a")).toCompletableFuture();
        List<String> first = peer.taken();
        peer.end(1006, "");
        peer = retry().connected();
        assertEquals(first, peer.taken());
        peer.say("{'type':'result','id':'" + requestId(first.get(0)) + "'}");
        assertTrue(outcome.isDone());
        peer.end(1006, "");
        assertEquals(List.of(), retry().connected().taken());
    }

    @Test
    void requestsUnderWay_areFewerThanAServerQueues_andTheOthersFollow() {
        TidingsClient client = start();
        IntStream.range(0, 40).forEach(i -> client.request("message:send", body("" + i)));
        Peer peer = server.attempt().connected();
        List<String> sent = new ArrayList<>(peer.taken());
        assertEquals(ClientRequests.MAX_UNANSWERED, sent.size());
        for (int i = 0; i < 40; i++) {
            peer.say("{'type':'result','id':'" + requestId(sent.get(i)) + "'}");
            sent.addAll(peer.taken());
        }
        assertEquals(40, sent.size());
        for (int i = 0; i < 40; i++) {
            assertTrue(sent.get(i).contains("{'t':'" + i + "'}"), sent.get(i));
        }
    }

    @Test
    void requestsBeyondTheMost_failAtOnce_andOthersWhenTheirTimeIsOver() {
        TidingsClient client = start(options -> options.maxRequests(2));
        CompletableFuture<JsonNode> first = client.request("a", body("")).toCompletableFuture();
        client.request("a", body(""));
        CompletableFuture<JsonNode> third = client.request("a", body("")).toCompletableFuture();
        time.runUntilQuiet();
        assertEquals(RequestFailed.FULL, failure(third).code());
        time.advance(Duration.ofMillis(59_999));
        assertFalse(first.isDone());
        time.advance(Duration.ofMillis(1));
        assertEquals(RequestFailed.TIMEOUT, failure(first).code());
        CompletableFuture<JsonNode> fourth = client.request("a", body("")).toCompletableFuture();
        client.close();
        time.runUntilQuiet();
        assertEquals(RequestFailed.STOPPED, failure(fourth).code());
        CompletableFuture<JsonNode> fifth = client.request("a", body("")).toCompletableFuture();
        time.runUntilQuiet();
        assertEquals(RequestFailed.STOPPED, failure(fifth).code());
    }

    @Test
    @Tag("R13")
    void aFrameThatWasTooLarge_isNotSentAgain() {
        TidingsClient client = start();
        Peer peer = server.attempt().connected();
        CompletableFuture<JsonNode> small = client.request("a", body("x")).toCompletableFuture();
        CompletableFuture<JsonNode> large =
                client.request("a", body("x".repeat(100))).toCompletableFuture();
        peer.taken();
        peer.end(1009, "");
        assertEquals(RequestFailed.TOO_LARGE, failure(large).code());
        assertEquals(1, retry().connected().taken().size());
        assertFalse(small.isDone());
    }

    @Test
    void theEnvelopeDialect_isSpokenToo() {
        TidingsClient client = start(options -> options.dialect(ClientDialect.ENVELOPE));
        Peer peer = server.attempt().upgrade();
        peer.say("{'type':'CONNECTED','payload':{'lastMessageId':'" + id(0)
                + "','pingIntervalMs':54000,'pongTimeoutMs':60000,'reconnectWindowMs':500},'messageId':'t1'}");
        peer.say("{'type':'NEW_NOTIFICATION','payload':{'id':7},'timestamp':1,'messageId':'" + id(1) + "'}");
        peer.say("{'type':'DELIVERY_LIVE','payload':{'lastMessageId':'" + id(1) + "'}}");
        time.advance(Duration.ofSeconds(2));
        assertEquals(List.of("{'type':'ACK','payload':{'messageId':'" + id(1) + "'}}"), peer.taken());
        CompletableFuture<JsonNode> outcome =
                client.request("SEND_MESSAGE", body("a")).toCompletableFuture();
        String sent = peer.taken().get(0);
        String requestId = sent.replaceAll(".*'messageId':'([^']*)'.*", "$1");
        peer.say("{'type':'RESULT','payload':{'id':'" + requestId + "','data':{'x':1}}}");
        assertEquals(1, outcome.join().path("x").asInt());
        peer.say("{'type':'TOKEN_EXPIRING','payload':{'expiresAt':1}}");
        assertEquals(List.of("{'type':'TOKEN_REFRESH','payload':{'token':'token-2'}}"), peer.taken());
        peer.say("{'type':'ERROR','payload':{'code':'FORBIDDEN','message':''}}");
        assertEquals(List.of("connected", "NEW_NOTIFICATION 7", "live " + id(1), "error FORBIDDEN"), told());
    }

    private static String requestId(String frame) {
        return frame.replaceAll(".*'id':'([^']*)'.*", "$1");
    }

    private static RequestFailed failure(CompletableFuture<?> stage) {
        return (RequestFailed)
                assertThrows(CompletionException.class, stage::join).getCause();
    }
}
