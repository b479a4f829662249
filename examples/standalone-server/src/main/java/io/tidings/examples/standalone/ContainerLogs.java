package io.tidings.examples.standalone;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/** What the containers log: their warnings and failures, among our own lines. */
final class ContainerLogs extends Handler {

    private ContainerLogs() {}

    /** Sends {@code java.util.logging} to SLF4J from now on, without what is below a warning. */
    static void toSlf4j() {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(Level.WARNING);
        root.addHandler(new ContainerLogs());
    }

    @Override
    public void publish(LogRecord record) {
        String name = record.getLoggerName() == null ? "container" : record.getLoggerName();
        String line = new SimpleFormatter().formatMessage(record).replaceAll("\\p{Cntrl}", " ");
        if (record.getLevel().intValue() >= Level.SEVERE.intValue()) {
            LoggerFactory.getLogger(name).error(line, record.getThrown());
        } else {
            LoggerFactory.getLogger(name).warn(line, record.getThrown());
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
