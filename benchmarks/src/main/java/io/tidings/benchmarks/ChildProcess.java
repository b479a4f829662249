package io.tidings.benchmarks;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** A JVM with our class path that answers commands line by line. One thread uses it. */
final class ChildProcess implements AutoCloseable {
    private final Process process;
    private final PrintStream commands;
    private final BufferedReader answers;

    private ChildProcess(Process process) {
        this.process = process;
        commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    }

    /** Starts the class' main method, on that processor only if one is given (with {@code taskset}). */
    static ChildProcess start(Class<?> main, OptionalInt processor, List<String> jvm, List<String> args)
            throws IOException {
        List<String> command = new ArrayList<>();
        if (processor.isPresent()) {
            command.addAll(List.of("taskset", "-c", Integer.toString(processor.getAsInt())));
        }
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(args);
        return new ChildProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Sends the command and waits for its answer. */
    String[] ask(String command) throws IOException {
        commands.println(command);
        return next();
    }

    /** The words of the next line that the process prints. */
    String[] next() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new EOFException(
                    "the process ended: " + process.info().commandLine().orElse("?"));
        }
        return line.split(" ");
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
