package io.tidings.transport.jakarta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TransportOptionsTest {

    @Test
    void defaults_areAFreePortOfTheLoopbackAddress() {
        TransportOptions options = TransportOptions.defaults();
        assertEquals("127.0.0.1", options.host());
        assertEquals(0, options.port());
        assertEquals(Duration.ofSeconds(30), options.requestIdle());
        assertEquals(Duration.ofSeconds(5), options.closeWait());
    }

    @Test
    void everyProblem_isToldAtOnce() {
        IllegalArgumentException problems = assertThrows(
                IllegalArgumentException.class,
                TransportOptions.builder()
                        .host(" ")
                        .port(65_536)
                        .ioThreads(0)
                        .requestIdle(Duration.ofMillis(999))
                        .closeWait(Duration.ofSeconds(61))::build);
        for (String name : new String[] {"host", "port", "ioThreads", "requestIdle", "closeWait"}) {
            assertTrue(problems.getMessage().contains(name + ": expected "), problems.getMessage());
        }
    }

    @Test
    void bothEndsOfEachRange_areTaken() {
        TransportOptions.builder()
                .port(65_535)
                .ioThreads(256)
                .requestIdle(Duration.ofHours(1))
                .closeWait(Duration.ofMinutes(1))
                .build();
        TransportOptions.builder()
                .port(0)
                .ioThreads(1)
                .requestIdle(Duration.ofSeconds(1))
                .closeWait(Duration.ofMillis(100))
                .build();
        assertThrows(IllegalArgumentException.class, TransportOptions.builder().port(-1)::build);
        assertThrows(IllegalArgumentException.class, TransportOptions.builder().ioThreads(257)::build);
    }
}
