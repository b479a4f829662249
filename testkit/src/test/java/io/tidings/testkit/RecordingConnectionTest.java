package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecordingConnectionTest {

    private final RecordingConnection connection = new RecordingConnection();
    private final List<Optional<Throwable>> written = new ArrayList<>();

    private void write(String... types) {
        Frame[] frames = new Frame[types.length + 1];
        for (int i = 0; i < types.length; i++) {
            frames[i] = FrameTemplate.withoutId(("{\"type\":\"" + types[i] + "\"}").getBytes(StandardCharsets.UTF_8))
                    .frame();
        }
        connection.write(frames, types.length, failure -> written.add(Optional.ofNullable(failure)));
    }

    @Test
    void events_areTakenInOrder() {
        write("a", "b");
        connection.ping();
        write("c");
        connection.close(1000, "done");
        connection.abort();
        assertEquals("{\"type\":\"a\"}", connection.takeFrame("a").text());
        assertEquals("b", connection.takeFrame().at("/type").asText());
        connection.takePing();
        assertEquals("c", connection.takeFrames().get(0).type());
        assertEquals("done", connection.takeClose(1000).reason());
        connection.takeAbort();
        connection.assertExhausted();
        assertEquals(List.of(Optional.empty(), Optional.empty()), written);
    }

    @Test
    void wrongEvent_fails() {
        write("a", "b");
        connection.ping();
        assertThrows(AssertionError.class, () -> connection.takeFrame("b"));
        assertThrows(AssertionError.class, connection::takePing);
        assertThrows(AssertionError.class, connection::takeFrame);
    }

    @Test
    void leftEvent_fails() {
        connection.ping();
        assertThrows(AssertionError.class, connection::assertExhausted);
    }

    @Test
    void heldWrite_isRecordedWhenReleased() {
        connection.holdWrites();
        write("a");
        assertEquals(List.of(new RecordedFrame("{\"type\":\"a\"}")), connection.heldFrames());
        assertEquals(List.of(), connection.takeFrames());
        assertEquals(List.of(), written);
        connection.releaseWrite();
        connection.takeFrame("a");
        write("b");
        connection.releaseWrites();
        write("c");
        connection.takeFrame("b");
        connection.takeFrame("c");
        connection.assertExhausted();
        assertEquals(3, written.size());
        assertThrows(AssertionError.class, connection::releaseWrite);
    }

    @Test
    void failedWrites_areNotRecorded() {
        IOException reset = new IOException("reset");
        connection.holdWrites();
        write("a");
        connection.failWrites(reset);
        write("b");
        connection.assertExhausted();
        assertEquals(2, written.size());
        written.forEach(failure -> assertSame(reset, failure.orElseThrow()));
    }

    @Test
    void abort_failsTheHeldWrite_once() {
        connection.holdWrites();
        write("a");
        connection.abort();
        connection.abort();
        write("b");
        connection.takeAbort();
        connection.assertExhausted();
        assertEquals(2, written.size());
        assertInstanceOf(IOException.class, written.get(0).orElseThrow());
        assertTrue(connection.isEnded());
    }

    @Test
    void writeDuringAWrite_failsTheNextExpectation() {
        connection.holdWrites();
        write("a");
        write("b");
        assertThrows(AssertionError.class, connection::assertExhausted);
    }

    @Test
    void pingDuringAWrite_failsTheNextExpectation() {
        connection.holdWrites();
        write("a");
        connection.ping();
        assertThrows(AssertionError.class, connection::takePing);
    }
}
