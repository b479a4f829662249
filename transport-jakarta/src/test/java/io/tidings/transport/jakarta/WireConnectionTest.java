package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import io.tidings.spi.TransportListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rules of writing and of the end, on a wire that does what the test says. */
@Tag("R33")
@Tag("R35")
class WireConnectionTest {

    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final HeldWire wire = new HeldWire();
    private final List<String> heard = new ArrayList<>();
    private final List<Object> written = new ArrayList<>();
    private final WireConnection connection = new WireConnection(wire, timer, Duration.ofHours(1), 1_000_000);

    @AfterEach
    void noTimerIsLeft() {
        timer.shutdownNow();
    }

    /** Writes that are done when the test says so. */
    private final class HeldWire implements Wire {
        private final List<String> calls = new ArrayList<>();
        private @Nullable ByteBuffer piece;
        private FrameSender.@Nullable Completion completion;

        @Override
        public void write(ByteBuffer bytes, FrameSender.Completion done) {
            assertNull(completion, "two writes at once");
            piece = bytes;
            completion = done;
        }

        @Override
        public void finish() {
            calls.add("finish");
        }

        @Override
        public void end() {
            calls.add("end");
        }

        @Override
        public void reset() {
            calls.add("reset");
            release(new IOException("reset"));
        }

        /** The operating system has taken what is being written; what it was. */
        byte[] take() {
            assertNotNull(piece, "nothing is being written");
            byte[] bytes = new byte[piece.remaining()];
            piece.get(bytes);
            release(null);
            return bytes;
        }

        void release(@Nullable Throwable failure) {
            FrameSender.Completion told = completion;
            completion = null;
            piece = null;
            if (told != null) {
                told.done(failure);
            }
        }
    }

    private final class Listener implements TransportListener {
        @Override
        public void text(CharSequence part, boolean last) {
            heard.add("text " + part);
        }

        @Override
        public void binary() {
            heard.add("binary");
        }

        @Override
        public void pong() {
            heard.add("pong");
        }

        @Override
        public void tooLarge() {
            heard.add("too large");
        }

        @Override
        public void closed(int code, @Nullable String reason) {
            heard.add("closed " + code);
        }

        @Override
        public void failed(Throwable failure) {
            heard.add("failed");
        }
    }

    private void open() {
        assertTrue(connection.open(opened -> Optional.of(new Listener())));
    }

    private void write(String... texts) {
        Frame[] frames = new Frame[texts.length];
        for (int i = 0; i < texts.length; i++) {
            frames[i] = FrameTemplate.withoutId(texts[i].getBytes(StandardCharsets.UTF_8))
                    .frame();
        }
        connection.write(frames, frames.length, failure -> written.add(failure == null ? "done" : failure));
    }

    private void receive(int opcode, String payload) {
        byte[] bytes = payload.getBytes(StandardCharsets.ISO_8859_1);
        connection.received(ByteBuffer.wrap(ClientFramesTest.frame(opcode, true, bytes)));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Test
    void batch_leavesInOneBuffer_andIsToldOnceItIsOut() {
        open();
        write("a", "bc");
        assertEquals(List.of(), written);
        assertEquals("\u0081\1a\u0081\2bc", text(wire.take()));
        assertEquals(List.of("done"), written);
    }

    @Test
    void largeBatch_leavesInPieces_andNothingComesBetween() {
        open();
        write("x".repeat(150_000));
        receive(PING, "p");
        connection.ping();
        int total = 0;
        for (int left = 150_010; left > 0; left -= WireConnection.AT_ONCE) {
            assertEquals(List.of(), written);
            byte[] piece = wire.take();
            assertEquals(Math.min(left, WireConnection.AT_ONCE), piece.length);
            total += piece.length;
        }
        assertEquals(150_010, total);
        assertEquals(List.of("done"), written);
        assertEquals("\u008a\1p", text(wire.take()));
        assertEquals("\u0089\0", text(wire.take()));
        assertNull(wire.completion);
    }

    @Test
    void pings_ofAPeerThatDoesNotRead_waitAsOne_andTheLatestIsAnswered() {
        open();
        receive(PING, "first");
        for (int i = 0; i < 1_000; i++) {
            receive(PING, "p" + i);
        }
        assertEquals("\u008a\5first", text(wire.take()));
        assertEquals("\u008a\4p999", text(wire.take()));
        assertNull(wire.completion);
    }

    @Test
    void ping_isAskedForManyTimes_andSentOnce() {
        open();
        write("a");
        connection.ping();
        connection.ping();
        wire.take();
        assertEquals("\u0089\0", text(wire.take()));
        assertNull(wire.completion);
    }

    @Test
    void close_followsTheBatch_andNothingIsWrittenBehindIt() {
        open();
        write("a");
        connection.close(4001, "idle");
        connection.close(4002, "again");
        write("late");
        assertInstanceOf(ClosedChannelException.class, written.get(0));
        wire.take();
        assertEquals("done", written.get(1));
        assertEquals("\u0088\6\u000f\u00a1idle", text(wire.take()));
        receive(PING, "p");
        connection.ping();
        assertNull(wire.completion, "behind the close frame");
        assertEquals(List.of(), wire.calls, "the peer's close frame is waited for");
        receive(CLOSE, "\u000f\u00a1");
        assertEquals(List.of("end"), wire.calls);
        assertEquals(List.of("closed 4001"), heard);
        assertEquals(
                0, timer.getQueue().stream().filter(task -> !isCancelled(task)).count());
    }

    private static boolean isCancelled(Runnable task) {
        return ((Future<?>) task).isCancelled();
    }

    @Test
    void close_ofThePeer_isAnsweredWithItsCode_thenTcpEnds() {
        open();
        receive(CLOSE, "\u000f\u00a0bye");
        assertEquals(List.of("closed 4000"), heard);
        assertEquals("\u0088\5\u000f\u00a0bye", text(wire.take()));
        assertEquals(List.of("end"), wire.calls);
    }

    @Test
    void close_ofThePeerWithoutACode_isAnsweredWith1000() {
        open();
        receive(CLOSE, "");
        assertEquals("\u0088\2\u0003\u00e8", text(wire.take()));
        assertEquals(List.of("closed 1005"), heard);
    }

    @Test
    void brokenProtocol_isAnswered_andTheOutputEnds_whileTheInputIsReadOn() {
        open();
        connection.received(ByteBuffer.wrap(new byte[] {(byte) 0x81, 0}));
        assertEquals("\u0088", text(wire.take()).substring(0, 1));
        assertEquals(List.of("finish"), wire.calls);
        assertEquals(List.of("closed 1002"), heard);
        receive(TEXT, "late");
        assertEquals(List.of("closed 1002"), heard);
        connection.inputEnded();
        connection.inputEnded();
        assertEquals(List.of("closed 1002"), heard, "told once");
    }

    @Test
    void failedWrite_isToldOnce_andEndsTheConnection() {
        open();
        write("a");
        IOException reset = new IOException("reset");
        wire.release(reset);
        assertEquals(List.of(reset), written);
        assertEquals(List.of("closed 1006"), heard);
        assertEquals(List.of("reset"), wire.calls);
        write("b");
        assertEquals(List.of(reset, reset), written);
        assertNull(wire.completion);
    }

    @Test
    void abort_failsWhatIsBeingWritten_once() {
        open();
        write("a");
        connection.abort();
        connection.abort();
        assertEquals(1, written.size());
        assertInstanceOf(Throwable.class, written.get(0));
        assertEquals(List.of("closed 1006"), heard);
    }

    @Test
    void closeOfAPeerThatIsSilent_isCutWhenTheTimeIsOver() throws InterruptedException {
        WireConnection hasty = new WireConnection(wire, timer, Duration.ZERO, 1_000);
        assertTrue(hasty.open(opened -> Optional.of(new Listener())));
        hasty.close(1000, "");
        timer.shutdown();
        assertTrue(timer.awaitTermination(10, TimeUnit.SECONDS));
        assertTrue(wire.calls.contains("reset"), wire.calls.toString());
        assertEquals(List.of("closed 1006"), heard);
    }

    @Test
    void endWhileTheHandshakeOpens_isToldToTheListener() {
        assertTrue(connection.open(opened -> {
            connection.inputEnded();
            return Optional.of(new Listener());
        }));
        assertEquals(List.of("closed 1006"), heard);
    }

    @Test
    void handshakeThatNobodyListensTo_isReset() {
        assertEquals(false, connection.open(opened -> Optional.empty()));
        assertEquals(List.of("reset"), wire.calls);
    }
}
