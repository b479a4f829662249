package io.tidings.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.adapter.jdbc.JdbcMailbox;
import io.tidings.adapter.jdbc.JdbcSchema;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Mailbox;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.UserKey;
import io.tidings.policy.HandshakeLimits;
import io.tidings.policy.Heartbeat;
import io.tidings.spi.Transport;
import io.tidings.transport.jakarta.JettyTransport;
import io.tidings.transport.jakarta.TomcatTransport;
import io.tidings.transport.jakarta.TransportOptions;
import io.tidings.transport.jakarta.TyrusTransport;
import io.tidings.transport.jakarta.UndertowTransport;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The node to which the clients of a dead one come: in a process of its own, with what they missed in its mailbox, and with
 * users who were there before. Its limits of handshakes are the defaults, but for those of one address.
 *
 * <p>Arguments: the options of {@link ResumeBench}, and last a file, into which the id goes after which each user resumes. It
 * prints {@code listening <port>}. Commands on standard input: {@code send} begins to send to the others, {@code mark} forgets
 * what was counted, {@code report} answers {@code report <attaches> <reads> <appends> <heads> <cursor moves> <connections>}. The
 * end of the input ends the process.
 */
public final class ResumeServer {

    static final String PATH = "/bench";

    private static final Kind TEXT = Kind.of("bench.text", Field.of("t", FieldType.TEXT));
    private static final int CHARACTERS = 200;
    private static final int USERS_AT_ONCE = 500;
    /** Held, because the log manager holds loggers weakly. Containers tell of their start at INFO. */
    private static final Logger ROOT_LOGGER = Logger.getLogger("");

    private ResumeServer() {}

    public static void main(String[] args) throws Exception {
        // A line a connection, on a terminal, would be most of what is measured. SLF4J binds when the hub does.
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
        ROOT_LOGGER.setLevel(Level.SEVERE);
        ResumeOptions options =
                ResumeOptions.parse(List.of(args).subList(0, args.length - 1).toArray(String[]::new));
        CountingMailbox mailbox = new CountingMailbox(mailbox(options));
        fill(mailbox, options, Path.of(args[args.length - 1]));
        EventDialect dialect = EventDialect.builder().outbound(TEXT, "b").build();
        Hub hub = Hub.builder()
                .endpoint(Endpoint.of(PATH, dialect).withPolicy(dialect.policy().withHeartbeat(Heartbeat.protocol())))
                .authenticator(token ->
                        CompletableFuture.completedFuture(new Authentication.Accepted(Identity.of(UserKey.of(token)))))
                .handshakeLimits(
                        HandshakeLimits.STANDARD.withPerAddress(HandshakeLimits.UNLIMITED, HandshakeLimits.UNLIMITED))
                .mailbox(mailbox)
                .build();
        Transport transport = transport(options.transport());
        System.out.println("listening " + transport.start(hub.acceptor()).getPort());
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            String line;
            while ((line = in.readLine()) != null) {
                System.out.println(answer(line, hub, mailbox, options));
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private static String answer(String command, Hub hub, CountingMailbox mailbox, ResumeOptions options) {
        switch (command) {
            case "send" -> {
                Thread sender = new Thread(() -> send(hub, options), "sender");
                sender.setDaemon(true);
                sender.start();
                return "sending";
            }
            case "mark" -> {
                mailbox.reset();
                return "marked";
            }
            default -> {
                return "report " + mailbox.attaches + ' ' + mailbox.reads + ' ' + mailbox.appends + ' ' + mailbox.heads
                        + ' ' + mailbox.moves + ' ' + hub.stats().connections();
            }
        }
    }

    /** A message is stamped with the time it was due, so that a server that falls behind shows as latency. */
    private static void send(Hub hub, ResumeOptions options) {
        Random random = new Random(1);
        long start = System.nanoTime();
        for (long sent = 0; ; sent++) {
            long due = start + (long) (sent * 1e9 / options.rate());
            long wait;
            while ((wait = due - System.nanoTime()) > 0) {
                LockSupport.parkNanos(wait);
            }
            hub.send(UserKey.of("o" + random.nextInt(options.others())), message(due));
        }
    }

    private static void fill(Mailbox mailbox, ResumeOptions options, Path ids) throws Exception {
        List<String> lines = new ArrayList<>();
        for (int from = 0; from < options.users(); from += USERS_AT_ONCE) {
            int to = Math.min(options.users(), from + USERS_AT_ONCE);
            List<Append> appends = new ArrayList<>();
            for (int user = from; user < to; user++) {
                for (int i = 0; i <= options.missed(); i++) {
                    appends.add(new Append(UserKey.of("u" + user), message(System.nanoTime()), Idempotency.NONE, null));
                }
            }
            List<Appended> outcomes =
                    mailbox.append(appends).toCompletableFuture().get();
            for (int i = 0; i < outcomes.size(); i += options.missed() + 1) {
                lines.add(MessageId.of(((Appended.Stored) outcomes.get(i)).position())
                        .toString());
            }
        }
        Files.write(ids, lines);
    }

    private static Message message(long nanos) {
        return Message.of(TEXT).set("t", Stamp.text(nanos, CHARACTERS)).build();
    }

    private static Mailbox mailbox(ResumeOptions options) {
        if (options.jdbc().isEmpty()) {
            return InMemoryMailbox.builder().maxBytes(1L << 30).build();
        }
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(options.jdbc());
        config.setMaximumPoolSize(12);
        HikariDataSource database = new HikariDataSource(config);
        JdbcSchema.apply(database);
        return JdbcMailbox.builder(database).build();
    }

    private static Transport transport(String name) {
        TransportOptions defaults = TransportOptions.defaults();
        return switch (name) {
            case "tyrus" -> new TyrusTransport(defaults);
            case "tomcat" -> new TomcatTransport(defaults);
            case "jetty" -> new JettyTransport(defaults);
            case "undertow" -> new UndertowTransport(defaults);
            default -> throw new IllegalArgumentException("no transport " + name + "\n" + ResumeOptions.USAGE);
        };
    }
}
