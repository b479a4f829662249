package io.tidings.testkit.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.testkit.ManualTime;
import java.net.ConnectException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The other end of a client, on the test's thread and in its time. JSON has single quotes for double ones. */
final class ScriptedServer implements ClientSocket.Opener {

    private final ManualTime time;
    private final ArrayDeque<Peer> attempts = new ArrayDeque<>();
    int attempted;

    ScriptedServer(ManualTime time) {
        this.time = time;
    }

    @Override
    public CompletionStage<ClientSocket> open(URI uri, String token, ClientSocket.Listener listener) {
        Peer peer = new Peer(uri, token, listener);
        attempts.add(peer);
        attempted++;
        return peer.opened;
    }

    /** The attempt that was made since the last call; there must be one. */
    Peer attempt() {
        time.runUntilQuiet();
        assertEquals(1, attempts.size(), "attempts");
        return attempts.remove();
    }

    void assertNoAttempt() {
        time.runUntilQuiet();
        assertEquals(0, attempts.size(), "attempts");
    }

    /** One connection, or an attempt. */
    final class Peer implements ClientSocket {
        final URI uri;
        final String token;
        private final Listener listener;
        private final CompletableFuture<ClientSocket> opened = new CompletableFuture<>();
        private final List<String> sent = new ArrayList<>();
        int asked;
        boolean aborted;
        int closed;

        Peer(URI uri, String token, Listener listener) {
            this.uri = uri;
            this.token = token;
            this.listener = listener;
        }

        Peer upgrade() {
            opened.complete(this);
            time.runUntilQuiet();
            return this;
        }

        void refuse(int status, OptionalLong retryAfterMillis) {
            opened.completeExceptionally(new Refused(status, retryAfterMillis));
            time.runUntilQuiet();
        }

        void unreachable() {
            opened.completeExceptionally(new ConnectException("nobody there"));
            time.runUntilQuiet();
        }

        /** Upgrades and says that the client is connected, with a window of 700 ms and a heartbeat of 30 + 10 s. */
        Peer connected() {
            upgrade();
            say("{'type':'connected','userId':1,'message':'','connectionId':'c','lastMessageId':'" + id(0)
                    + "','pingIntervalMs':30000,'pongTimeoutMs':10000,'reconnectWindowMs':700}");
            return this;
        }

        /** Says something, which the client must have asked for. */
        void say(String json) {
            assertTrue(asked > 0, "the client asked for nothing more");
            asked--;
            listener.text(json.replace('\'', '"'));
            time.runUntilQuiet();
        }

        void durable(int number) {
            say("{'type':'message:new','data':{'id':" + number + "},'id':'" + id(number) + "'}");
        }

        void heard() {
            listener.heard();
            time.runUntilQuiet();
        }

        void end(int code, String reason) {
            listener.ended(code, reason);
            time.runUntilQuiet();
        }

        /** What the client sent since the last call. */
        List<String> taken() {
            time.runUntilQuiet();
            List<String> all =
                    sent.stream().map(text -> text.replace('"', '\'')).toList();
            sent.clear();
            return all;
        }

        @Override
        public void send(String text) {
            sent.add(text);
        }

        @Override
        public void more() {
            asked++;
        }

        @Override
        public void close(int code) {
            closed = code;
        }

        @Override
        public void abort() {
            aborted = true;
        }
    }

    /** The id of a durable message of the first epoch. */
    static String id(int offset) {
        return String.format("p0000000001%010d", offset);
    }
}
