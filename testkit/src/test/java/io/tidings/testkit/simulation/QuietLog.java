package io.tidings.testkit.simulation;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What hubs log of the trouble they are in goes nowhere while a class of tests runs: it would be thousands of lines. */
final class QuietLog implements BeforeAllCallback, AfterAllCallback {

    private final PrintStream real = System.err;

    @Override
    public void beforeAll(ExtensionContext context) {
        System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        System.setErr(real);
    }
}
