package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tidings.Hub;
import io.tidings.SendOptions;
import io.tidings.SendResult;
import io.tidings.adapter.jdbc.JdbcMailbox;
import io.tidings.adapter.jdbc.JdbcSchema;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.UserKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Messages to devices whose networks and whose server fail again and again, over real sockets and a mailbox on disk: none is lost, none is doubled after
 * repeats were left out by their ids, and every device has the mailbox's order.
 */
class DeliverySoakTest {

    private static final boolean LONG = Boolean.getBoolean("tidings.long");
    private static final int DEVICES_A_USER = 10;
    private static final int TIMES = LONG ? 10 : 1;
    private static final int RESTARTS = 3 * TIMES;
    private static final int CUTS = 100 * TIMES;

    private static final int BATCH = 50;
    private static final int MESSAGES_A_USER = CUTS * BATCH;
    private static final int MOST_AHEAD = 10 * BATCH;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** The message of every position, of each user, as the hub answered. */
    private final Map<String, TreeMap<String, Integer>> accepted = new LinkedHashMap<>();

    /** New to a database that other runs left something in. */
    private final List<String> users = List.of("a" + System.nanoTime(), "b" + System.nanoTime());

    private final List<SoakDevice> devices = new ArrayList<>();
    private final Random random = new Random(20);

    @TempDir
    private Path folder;

    private Supplier<Mailbox> mailboxes;
    private Container container;
    private SoakNode node;
    private int cuts;
    private int kills;
    private int restarts;

    @ParameterizedTest
    @EnumSource(names = {"TYRUS", "JETTY"})
    @Tag("R42")
    @Tag("R43")
    @Tag("R44")
    @Tag("R45")
    @Tag("R47")
    @Timeout(600)
    void cutsAndRestarts_loseNothing_doubleNothing_andKeepTheOrder(Container under) throws Exception {
        try (HikariDataSource database = database()) {
            JdbcSchema.apply(database);
            soak(
                    under,
                    () -> JdbcMailbox.builder(database)
                            .maxPerUser(MESSAGES_A_USER)
                            .build());
        }
    }

    /** A file, or the database of {@code -Dtidings.soak.jdbc=jdbc:postgresql:…}. */
    private HikariDataSource database() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(System.getProperty(
                "tidings.soak.jdbc",
                "jdbc:sqlite:" + folder.resolve("soak.db") + "?journal_mode=WAL&synchronous=FULL&busy_timeout=5000"));
        config.setMaximumPoolSize(12);
        return new HikariDataSource(config);
    }

    private void soak(Container under, Supplier<Mailbox> kept) throws Exception {
        container = under;
        mailboxes = kept;
        long started = System.nanoTime();
        node = SoakNode.start(container, mailboxes.get(), SoakNode.FAST);
        try {
            for (String user : users) {
                accepted.put(user, new TreeMap<>());
                for (int i = 0; i < DEVICES_A_USER; i++) {
                    devices.add(new SoakDevice(user, "d" + i, node.port));
                }
            }
            until("all connected", () -> devices.stream().allMatch(SoakDevice::isConnected));
            for (int batch = 0; batch < CUTS; batch++) {
                sendBatch(batch);
            }
            until("all have all", () -> devices.stream().allMatch(device -> device.count() >= MESSAGES_A_USER));
            for (SoakDevice device : devices) {
                assertEquals(List.of(), List.copyOf(device.problems), device + "'s problems");
                assertEquals(new ArrayList<>(accepted.get(device.user).values()), device.got(), device.toString());
            }
            assertEquals(CUTS, cuts);
            assertEquals(RESTARTS, restarts);
            report(started);
        } finally {
            devices.forEach(SoakDevice::close);
            node.stop();
        }
        assertTrue(node.hub.stats().isEmpty(), () -> node.hub.stats().toString());
    }

    /** Sends to both users; while that is under way a device is cut off and, a few times, the server stops. */
    private void sendBatch(int batch) throws Exception {
        Map<String, List<Integer>> open = new LinkedHashMap<>();
        for (String user : users) {
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                numbers.add(batch * BATCH + i);
            }
            open.put(user, numbers);
        }
        boolean first = true;
        while (!open.isEmpty()) {
            Map<String, Map<Integer, CompletableFuture<SendResult>>> outcomes = new LinkedHashMap<>();
            open.forEach((user, numbers) -> outcomes.put(user, send(node.hub, user, numbers)));
            if (first) {
                first = false;
                cutOne();
                if ((batch + 1) % (CUTS / (RESTARTS + 1)) == 0 && restarts < RESTARTS) {
                    restarts++;
                    restart(batch % 2 == 0);
                }
            }
            open.clear();
            for (Map.Entry<String, Map<Integer, CompletableFuture<SendResult>>> user : outcomes.entrySet()) {
                List<Integer> again = settle(user.getKey(), user.getValue());
                if (!again.isEmpty()) {
                    open.put(user.getKey(), again);
                }
            }
        }
        int sent = (batch + 1) * BATCH;
        until(
                "one device of each user keeps up",
                () -> users.stream()
                        .allMatch(user -> devices.stream()
                                .anyMatch(device -> device.user.equals(user) && device.count() >= sent - MOST_AHEAD)));
    }

    private static Map<Integer, CompletableFuture<SendResult>> send(Hub hub, String user, List<Integer> numbers) {
        Map<Integer, CompletableFuture<SendResult>> outcomes = new LinkedHashMap<>();
        for (int number : numbers) {
            SendOptions once = SendOptions.NONE.idempotent("m" + number);
            outcomes.put(
                    number,
                    hub.send(UserKey.of(user), SoakNode.message(number), once).toCompletableFuture());
        }
        return outcomes;
    }

    /** Notes what was accepted; returns what must be sent again. */
    private List<Integer> settle(String user, Map<Integer, CompletableFuture<SendResult>> outcomes) throws Exception {
        List<Integer> again = new ArrayList<>();
        for (Map.Entry<Integer, CompletableFuture<SendResult>> outcome : outcomes.entrySet()) {
            try {
                if (outcome.getValue().get(60, TimeUnit.SECONDS) instanceof SendResult.Accepted is) {
                    accepted.get(user).put(is.id().toString(), outcome.getKey());
                    continue;
                }
            } catch (ExecutionException unknown) {
                // the key makes the repeat safe
            }
            again.add(outcome.getKey());
        }
        return again;
    }

    private void cutOne() {
        until("a device to cut", () -> devices.stream().anyMatch(SoakDevice::isConnected));
        List<SoakDevice> connected =
                devices.stream().filter(SoakDevice::isConnected).toList();
        SoakDevice device = connected.get(random.nextInt(connected.size()));
        switch (cuts++ % 5) {
            case 0 -> device.halfOpen();
            case 1 -> {
                device.kill();
                kills++;
            }
            default -> device.reset();
        }
    }

    private void restart(boolean crash) throws Exception {
        if (crash) {
            node.crash();
        } else {
            node.stop();
        }
        node = SoakNode.start(container, mailboxes.get(), SoakNode.FAST);
        devices.forEach(device -> device.upstream(node.port));
    }

    private void report(long started) {
        System.out.printf(
                "%s: %d messages to %d devices, %d cuts (%d of them killed clients), %d restarts: %d connections, %d repeats, %.1f s%n",
                container,
                users.size() * MESSAGES_A_USER,
                devices.size(),
                cuts,
                kills,
                restarts,
                devices.stream().mapToInt(SoakDevice::connections).sum(),
                devices.stream().mapToLong(SoakDevice::repeats).sum(),
                (System.nanoTime() - started) / 1e9);
    }

    private void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(
                    System.nanoTime() < end,
                    () -> "not in time: " + what + "; "
                            + devices.stream()
                                    .map(device -> device + " has " + device.count() + ' ' + device.problems)
                                    .toList());
            LockSupport.parkNanos(1_000_000);
        }
    }
}
