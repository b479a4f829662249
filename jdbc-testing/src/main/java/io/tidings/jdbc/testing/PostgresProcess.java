package io.tidings.jdbc.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** A real PostgreSQL server, unpacked from a jar into the build's folder; killed hard and started again where a test wants that. */
public final class PostgresProcess implements AutoCloseable {

    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    private static @Nullable PostgresProcess shared;

    private final Path binaries;
    private final Path data;
    private final int port;
    private final List<String> options;
    private @Nullable Process process;

    private PostgresProcess(Path binaries, List<String> options) throws IOException {
        this.options = options;
        this.binaries = binaries;
        data = Files.createTempDirectory("tidings-postgres");
        port = freePort();
    }

    /** None of those that the kernel gives to whoever connects: a client could have it while the server is not there. */
    private static int freePort() throws IOException {
        Random random = new Random();
        while (true) {
            int port = 10_000 + random.nextInt(20_000);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (BindException taken) {
                // another one, then
            }
        }
    }

    /** The one that all tests of this JVM share, which does not wait for the disk; ends the test, as skipped, where PostgreSQL does not run. */
    public static synchronized PostgresProcess shared() throws Exception {
        if (shared == null) {
            shared = started("-c", "fsync=off");
        }
        return shared;
    }

    /** A server of its own. */
    public static PostgresProcess started(String... options) throws Exception {
        PostgresProcess server = new PostgresProcess(unpacked(), List.of(options));
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        server.run(
                "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "-D", server.data.toString());
        server.start();
        return server;
    }

    public void start() throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "-D",
                data.toString(),
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=60"));
        arguments.addAll(options);
        process = launch("postgres", arguments.toArray(String[]::new));
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try (Connection up = DriverManager.getConnection(url("public", port))) {
                return;
            } catch (SQLException notYet) {
                if (System.nanoTime() > deadline || !process.isAlive()) {
                    throw new IllegalStateException("PostgreSQL does not start: " + Files.readString(log()), notYet);
                }
                LockSupport.parkNanos(20_000_000);
            }
        }
    }

    /** Ends it as a crash does. */
    public void kill() throws Exception {
        Process doomed = process;
        if (doomed != null) {
            doomed.toHandle().destroyForcibly();
            doomed.waitFor();
        }
    }

    public int port() {
        return port;
    }

    /** The name of a new schema, which is as good as a database and made much faster. */
    public String newSchema() throws SQLException {
        String name = "test_" + SCHEMAS.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(url("public", port))) {
            connection.createStatement().execute("CREATE SCHEMA " + name);
        }
        return name;
    }

    /** The address of a schema, over this port or a proxy's before it. */
    public static String url(String schema, int port) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres&currentSchema=" + schema;
    }

    @Override
    public void close() {
        Process doomed = process;
        if (doomed != null) {
            doomed.toHandle().destroyForcibly();
        }
        try (var files = Files.walk(data)) {
            List<Path> all = new ArrayList<>(files.toList());
            java.util.Collections.reverse(all);
            for (Path file : all) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException left) {
            // What a dying server still writes or removes stays in the folder of temporary files.
        }
    }

    private void run(String command, String... arguments) throws Exception {
        Process run = launch(command, arguments);
        if (!run.waitFor(60, TimeUnit.SECONDS) || run.exitValue() != 0) {
            throw new TestAbortedException("PostgreSQL does not run here: " + Files.readString(log()));
        }
    }

    private Process launch(String command, String... arguments) throws IOException {
        List<String> line = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            line.addAll(List.of("unshare", "-U")); // PostgreSQL refuses to be root
        }
        line.add(binaries.resolve("bin").resolve(command).toString());
        line.addAll(List.of(arguments));
        return new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .start();
    }

    private Path log() {
        return data.resolveSibling(data.getFileName() + ".log");
    }

    /** The binaries, in {@code target}, or the test ends as skipped. */
    private static Path unpacked() throws IOException {
        try (InputStream archive = PostgresProcess.class.getResourceAsStream(ARCHIVE)) {
            if (archive == null || !System.getProperty("os.name").equals("Linux")) {
                throw new TestAbortedException("no PostgreSQL for this platform: its tests are skipped");
            }
            Path folder = Path.of("target", "postgres").toAbsolutePath();
            if (Files.exists(folder.resolve("unpacked"))) {
                return folder;
            }
            try (TarArchiveInputStream tar = new TarArchiveInputStream(new XZCompressorInputStream(archive))) {
                for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    unpack(tar, entry, folder);
                }
            }
            Files.createFile(folder.resolve("unpacked"));
            return folder;
        }
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path folder) throws IOException {
        Path path = folder.resolve(entry.getName()).normalize();
        if (!path.startsWith(folder)) {
            throw new IOException("an entry lies outside: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(Optional.ofNullable(path.getParent()).orElse(folder));
        Files.deleteIfExists(path);
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, path);
        if ((entry.getMode() & 0100) != 0) {
            Set<PosixFilePermission> rights = EnumSet.allOf(PosixFilePermission.class);
            rights.remove(PosixFilePermission.GROUP_WRITE);
            rights.remove(PosixFilePermission.OTHERS_WRITE);
            Files.setPosixFilePermissions(path, rights);
        }
    }
}
