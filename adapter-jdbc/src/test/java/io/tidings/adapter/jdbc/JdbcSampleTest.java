package io.tidings.adapter.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.jdbc.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdbcSampleTest {

    private static final Path SAMPLE = Path.of("src/test/java/io/tidings/adapter/jdbc/JdbcSample.java");
    private static final Path GUIDE = Path.of("../docs/mailbox-jdbc.md");

    @Test
    void sample_runs(@TempDir Path folder) {
        try (JdbcSample sample = JdbcSample.open(TestDatabase.sqliteUrl(folder))) {
            assertEquals(0, sample.afterARestore());
        }
    }

    @Test
    void guide_quotesTheSample() throws IOException {
        String sample = stripped(Files.readAllLines(SAMPLE));
        List<String> lines = Files.readAllLines(GUIDE);
        int quotes = 0;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).equals("<!-- JdbcSample -->")) {
                List<String> quote = new ArrayList<>();
                for (int at = i + 2; !lines.get(at).equals("```"); at++) {
                    quote.add(lines.get(at));
                }
                assertTrue(sample.contains(stripped(quote)), () -> "not in the sample: " + quote);
                quotes++;
            }
        }
        assertEquals(2, quotes);
    }

    private static String stripped(List<String> lines) {
        return lines.stream().map(String::strip).collect(Collectors.joining("\n"));
    }
}
