package io.tidings.testkit.simulation;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.Hub;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The core with one bug planted into one of its source files, in a class loader of its own. What is planted stands in a text file:
 * the source file, what is replaced and what by, so that production code has no switches for bugs.
 */
final class MutatedEngine implements AutoCloseable {

    private static final Path SOURCES = Path.of("..", "core", "src", "main", "java");

    private final URLClassLoader loader;
    private final Object simulation;

    private MutatedEngine(URLClassLoader loader) {
        this.loader = loader;
        try {
            simulation = loader.loadClass(Simulation.class.getName())
                    .getMethod("standard")
                    .invoke(null);
        } catch (ReflectiveOperationException broken) {
            throw new AssertionError(broken);
        }
    }

    /** Plants a bug; the classes go to a folder. */
    static MutatedEngine plant(String bug, Path into) throws IOException {
        String[] parts = text(bug).split("(?m)^----.*\\R");
        if (parts.length != 3) {
            throw new AssertionError(
                    bug + ".txt names a file, what to replace after a line of ----, and by what after another");
        }
        String name = parts[0].strip();
        Path source = sources().resolve(name);
        String mutated = replaceOnce(bug, name, Files.readString(source), parts[1].strip(), parts[2].strip());
        Path written = into.resolve("src").resolve(name);
        Files.createDirectories(written.getParent());
        Files.writeString(written, mutated);
        Path classes = Files.createDirectories(into.resolve("classes"));
        compile(bug, written, classes);
        List<Path> path = List.of(classes, home(Hub.class), home(Simulation.class));
        return new MutatedEngine(
                new ChildFirst(path.stream().map(MutatedEngine::url).toArray(URL[]::new)));
    }

    /** What a run of a seed finds to be wrong, or null. */
    @Nullable
    String violation(long seed) {
        try {
            Object run = simulation.getClass().getMethod("run", long.class).invoke(simulation, seed);
            return (String) run.getClass().getMethod("violation").invoke(run);
        } catch (ReflectiveOperationException broken) {
            throw new AssertionError(broken);
        }
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }

    private static String text(String bug) throws IOException {
        try (InputStream in = MutatedEngine.class.getResourceAsStream("/simulation/" + bug + ".txt")) {
            if (in == null) {
                throw new AssertionError("there is no " + bug + ".txt");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Path sources() {
        return Files.isDirectory(SOURCES) ? SOURCES : Path.of("core", "src", "main", "java");
    }

    /** Indentation and line ends do not count. */
    private static String replaceOnce(String bug, String file, String source, String old, String with) {
        String pattern = Arrays.stream(old.split("\\s+"))
                .map(java.util.regex.Pattern::quote)
                .collect(Collectors.joining("\\s+"));
        java.util.regex.Matcher matcher =
                java.util.regex.Pattern.compile(pattern).matcher(source);
        if (!matcher.find()) {
            throw new AssertionError(file + " no longer has what " + bug + ".txt replaces:\n" + old);
        }
        int start = matcher.start();
        int end = matcher.end();
        if (matcher.find()) {
            throw new AssertionError(file + " has more than once what " + bug + ".txt replaces:\n" + old);
        }
        return source.substring(0, start) + with + source.substring(end);
    }

    private static void compile(String bug, Path source, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        String classPath = List.<Class<?>>of(
                        Hub.class,
                        JsonNode.class,
                        JsonParser.class,
                        JsonProperty.class,
                        GuardedBy.class,
                        Nullable.class,
                        Logger.class)
                .stream()
                .map(MutatedEngine::home)
                .distinct()
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-cp",
                    classPath,
                    "-d",
                    classes.toString(),
                    "-proc:none",
                    "-nowarn",
                    "-sourcepath",
                    "",
                    "-parameters");
            boolean compiled = compiler.getTask(said, files, null, options, null, files.getJavaFileObjects(source))
                    .call();
            if (!compiled) {
                throw new AssertionError("what " + bug + ".txt makes does not compile:\n" + said);
            }
        }
    }

    /** The folder or archive that a class comes from. */
    private static Path home(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (java.net.URISyntaxException broken) {
            throw new AssertionError(broken);
        }
    }

    private static URL url(Path path) {
        try {
            return path.toUri().toURL();
        } catch (MalformedURLException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Has the project's own classes from its own places, and everything else from where the test has it. */
    private static final class ChildFirst extends URLClassLoader {
        ChildFirst(URL[] urls) {
            super(urls, MutatedEngine.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.tidings.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : findClass(name);
            }
        }
    }
}
