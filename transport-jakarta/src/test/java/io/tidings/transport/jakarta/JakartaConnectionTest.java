package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import io.tidings.spi.TransportConnection;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;

/** A connection over containers that behave in every way a container may, and some more. */
class JakartaConnectionTest {

    private final Session session = mock(Session.class);
    private final ScriptedSender sender = new ScriptedSender();
    private final JakartaConnection connection = new JakartaConnection(session, sender);
    private final LinkedBlockingQueue<Object> told = new LinkedBlockingQueue<>();

    @Test
    void write_oneFrameAtATime_sendsTheNextWhenTheLastIsDone() {
        sender.atOnce = 1;
        sender.behaviour = completion -> {};
        connection.write(frames("a", "b", "c"), 2, this::tell);
        assertEquals(List.of("a"), sender.sent);
        sender.complete(null);
        assertEquals(List.of("a", "b"), sender.sent);
        assertTrue(told.isEmpty());
        sender.complete(null);
        assertEquals(List.of("a", "b"), sender.sent);
        assertEquals(List.of("written"), List.copyOf(told));
    }

    @Test
    void write_allAtOnce_isOneSend() {
        connection.write(frames("a", "b", "c"), 3, this::tell);
        assertEquals(List.of("abc"), sender.sent);
        assertEquals(List.of("written"), List.copyOf(told));
    }

    @Test
    void write_fewAtOnce_isSeveralSends() {
        sender.atOnce = 2;
        connection.write(frames("a", "b", "c"), 3, this::tell);
        assertEquals(List.of("ab", "c"), sender.sent);
    }

    @Test
    void write_ofNothing_isWritten() {
        connection.write(frames(), 0, this::tell);
        assertEquals(List.of(), sender.sent);
        assertEquals(List.of("written"), List.copyOf(told));
    }

    @Test
    void write_aFailure_leavesOutTheRest() {
        IOException failure = new IOException("broken");
        sender.atOnce = 1;
        sender.behaviour = completion -> completion.done(sender.sent.size() == 2 ? failure : null);
        connection.write(frames("a", "b", "c"), 3, this::tell);
        assertEquals(List.of("a", "b"), sender.sent);
        assertEquals(1, told.size());
        assertSame(failure, told.peek());
    }

    @Test
    void write_aSenderThatThrows_failsThroughTheCallback() {
        for (Exception thrown : List.of(new IOException("closed"), new IllegalStateException("TEXT_FULL_WRITING"))) {
            told.clear();
            sender.behaviour = completion -> {
                throw thrown;
            };
            assertDoesNotThrow(() -> connection.write(frames("a"), 1, this::tell));
            assertEquals(1, told.size());
            assertSame(thrown, told.peek());
        }
    }

    @Test
    void write_aSenderThatTellsTwiceAndThrows_isTakenAtItsFirstWord() {
        sender.behaviour = completion -> {
            completion.done(null);
            completion.done(new IOException("late"));
            throw new IllegalStateException("later");
        };
        connection.write(frames("a"), 1, this::tell);
        connection.write(frames("b"), 1, this::tell);
        assertEquals(List.of("written", "written"), List.copyOf(told));
    }

    @Test
    void write_aLateWordOfAnEarlierSend_completesNotTheNext() {
        List<FrameSender.Completion> completions = new ArrayList<>();
        sender.behaviour = completions::add;
        connection.write(frames("a"), 1, this::tell);
        completions.get(0).done(null);
        connection.write(frames("b"), 1, this::tell);
        completions.get(0).done(new IOException("again"));
        assertEquals(List.of("written"), List.copyOf(told));
        completions.get(1).done(null);
        assertEquals(List.of("written", "written"), List.copyOf(told));
    }

    @Test
    void write_chainedAndCompletedInside_doesNotGrowTheStack() {
        Frame[] frame = frames("a");
        sender.remembers = false;
        int[] left = {100_000};
        connection.write(frame, 1, new TransportConnection.WriteCallback() {
            @Override
            public void written(Throwable failure) {
                assertNull(failure);
                if (--left[0] > 0) {
                    connection.write(frame, 1, this);
                }
            }
        });
        assertEquals(0, left[0]);
    }

    @Test
    void write_completedOnAnotherThread_goesOnThere() throws InterruptedException {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            sender.atOnce = 1;
            sender.behaviour = completion -> other.execute(() -> completion.done(null));
            for (int i = 0; i < 1000; i++) {
                connection.write(frames("a", "b", "c"), 3, this::tell);
                assertEquals("written", told.poll(10, TimeUnit.SECONDS));
            }
            assertEquals(3000, sender.sent.size());
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void close_codesThatMayNotBeSent_areNotSent() throws IOException {
        assertEquals(4002, closedWith(4002, "slow").getCloseCode().getCode());
        for (int code : new int[] {0, 999, 1004, 1005, 1006, 1015, 5000, -1}) {
            assertEquals(1011, closedWith(code, "").getCloseCode().getCode(), "for " + code);
        }
    }

    @Test
    void close_reason_isCutToWhatACloseFrameHolds() throws IOException {
        String reason = closedWith(4000, "\u4e16".repeat(100)).getReasonPhrase();
        assertEquals("\u4e16".repeat(41), reason);
        assertEquals(123, reason.getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void close_aSessionThatThrows_isStillEnded() throws IOException {
        doThrow(new IllegalStateException("closed")).when(session).close(any());
        assertDoesNotThrow(() -> connection.close(1000, ""));
        doThrow(new IOException("broken")).when(session).close(any());
        assertDoesNotThrow(() -> connection.close(1000, ""));
        assertEquals(2, sender.closings);
    }

    @Test
    void pingAndAbort_thatThrow_throwNot() {
        sender.broken = true;
        assertDoesNotThrow(connection::ping);
        assertDoesNotThrow(connection::abort);
    }

    private CloseReason closedWith(int code, String reason) throws IOException {
        Session closing = mock(Session.class);
        new JakartaConnection(closing, sender).close(code, reason);
        ArgumentCaptor<CloseReason> sent = ArgumentCaptor.forClass(CloseReason.class);
        verify(closing).close(sent.capture());
        return sent.getValue();
    }

    private void tell(Throwable failure) {
        told.add(failure == null ? "written" : failure);
    }

    private static Frame[] frames(String... texts) {
        Frame[] frames = new Frame[texts.length];
        for (int i = 0; i < texts.length; i++) {
            frames[i] = FrameTemplate.withoutId(texts[i].getBytes(StandardCharsets.UTF_8))
                    .frame();
        }
        return frames;
    }

    private interface Behaviour {
        void send(FrameSender.Completion completion) throws Exception;
    }

    private static final class ScriptedSender implements FrameSender {
        private final List<String> sent = new ArrayList<>();
        private int atOnce = Integer.MAX_VALUE;
        private Behaviour behaviour = completion -> completion.done(null);
        private Completion last;
        private boolean remembers = true;
        private boolean broken;
        private int closings;

        void complete(Throwable failure) {
            last.done(failure);
        }

        @Override
        public int framesAtOnce() {
            return atOnce;
        }

        @Override
        public void send(Frame[] frames, int from, int to, Completion completion) throws IOException {
            if (remembers) {
                StringBuilder text = new StringBuilder();
                for (int i = from; i < to; i++) {
                    text.append(frames[i].text());
                }
                sent.add(text.toString());
            }
            last = completion;
            try {
                behaviour.send(completion);
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void ping() throws IOException {
            if (broken) {
                throw new IOException("closed");
            }
        }

        @Override
        public void closing() {
            closings++;
        }

        @Override
        public void abort() {
            if (broken) {
                throw new IllegalStateException("closed");
            }
        }

        @Override
        public Executor lane() {
            return null;
        }
    }
}
