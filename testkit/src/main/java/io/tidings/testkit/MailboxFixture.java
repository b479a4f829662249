package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidings.mailbox.Append;
import io.tidings.mailbox.Appended;
import io.tidings.mailbox.Attachment;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Entry;
import io.tidings.mailbox.Idempotency;
import io.tidings.mailbox.Mailbox;
import io.tidings.mailbox.Page;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.opentest4j.TestAbortedException;

/** What the parts of {@link MailboxContract} share: the hooks, and shorthand. */
abstract class MailboxFixture {

    /**
     * What a mailbox is to keep.
     *
     * @param retention         how long a message is kept
     * @param maxPerUser        how many messages of a user are kept
     * @param idempotencyWindow for how long a repeat is recognised
     * @param maxDevices        how many devices of a user keep a cursor
     */
    public record Limits(Duration retention, int maxPerUser, Duration idempotencyWindow, int maxDevices) {

        /** 7 days, 1,000 messages, 5 minutes, 20 devices. */
        public static final Limits STANDARD = new Limits(Duration.ofDays(7), 1_000, Duration.ofMinutes(5), 20);

        Limits withMaxPerUser(int messages) {
            return new Limits(retention, messages, idempotencyWindow, maxDevices);
        }

        Limits withMaxDevices(int devices) {
            return new Limits(retention, maxPerUser, idempotencyWindow, devices);
        }
    }

    static final UserKey ANN = UserKey.of("ann");
    static final UserKey BOB = UserKey.of("bob");
    static final Kind TEXT =
            Kind.of("contract.text", Field.of("text", FieldType.TEXT).max(300_000));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final List<Mailbox> opened = new ArrayList<>();

    /** Opens a mailbox that holds nothing, and that nobody else uses. The suite closes it. */
    protected abstract Mailbox open(Limits limits) throws Exception;

    /**
     * Moves the time that the mailbox goes by, all of whose clocks move alike.
     *
     * <p>Where that cannot be done, {@link #timeCanBeMoved()} says so, and what needs it is skipped.
     */
    protected abstract void advance(Duration by) throws Exception;

    /** Whether {@link #advance} does what it says; default yes. */
    protected boolean timeCanBeMoved() {
        return true;
    }

    /**
     * Opens a mailbox that holds nothing and has room for so many messages in all; null, the default, where room is not
     * limited, so that what needs it is skipped.
     */
    protected @Nullable Mailbox openWithRoomFor(int messages) throws Exception {
        return null;
    }

    /**
     * Opens the mailbox once more, as another node does; null, the default, where nodes do not share it, so that what needs it
     * is skipped.
     */
    protected @Nullable Mailbox openBeside(Mailbox mailbox) throws Exception {
        return null;
    }

    /**
     * Makes a mailbox lose all it holds of a user, as an operator or a restore may.
     *
     * @return false, the default, where that cannot be brought about, so that what needs it is skipped
     */
    protected boolean lose(Mailbox mailbox, UserKey user) throws Exception {
        return false;
    }

    /** How long a stage may take; default 30 s. */
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    @AfterEach
    void closeMailboxes() {
        opened.forEach(Mailbox::close);
    }

    final Mailbox opened() throws Exception {
        return opened(Limits.STANDARD);
    }

    final Mailbox opened(Limits limits) throws Exception {
        return closedLater(open(limits));
    }

    private Mailbox closedLater(Mailbox mailbox) {
        opened.add(mailbox);
        return mailbox;
    }

    /** The mailbox of an optional hook; ends the test, as skipped, where there is none. */
    final Mailbox openedOrSkipped(@Nullable Mailbox mailbox, String unless) {
        if (mailbox == null) {
            throw new TestAbortedException(unless);
        }
        return closedLater(mailbox);
    }

    final void assumeTimeCanBeMoved() {
        Assumptions.assumeTrue(timeCanBeMoved(), "the mailbox's time cannot be moved");
    }

    static Message message(String text) {
        return Message.of(TEXT)
                .set("text", text)
                .at(Instant.ofEpochMilli(1_700_000_000_000L))
                .build();
    }

    static Append append(UserKey user, String text) {
        return new Append(user, message(text), Idempotency.NONE, null);
    }

    static Append keyed(UserKey user, String text, String key) {
        return new Append(user, message(text), new Idempotency.Key(key), null);
    }

    static Append numbered(UserKey user, String text, String source, long sequence) {
        return new Append(user, message(text), new Idempotency.Sequence(source, sequence), null);
    }

    static CursorMove move(UserKey user, String device, String instance, Attachment by, Position to) {
        return new CursorMove(user, device, instance, by.generation(), to);
    }

    final <T> T await(CompletionStage<T> stage) throws Exception {
        try {
            return stage.toCompletableFuture().get(patience().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("a stage did not complete within " + patience(), e);
        }
    }

    final Appended.Stored store(Mailbox mailbox, Append append) throws Exception {
        List<Appended> outcomes = await(mailbox.append(List.of(append)));
        assertEquals(1, outcomes.size(), "outcomes of one append");
        return assertInstanceOf(Appended.Stored.class, outcomes.get(0));
    }

    /** Appends messages whose texts are the offsets of an empty mailbox: 1, 2, … */
    final List<Position> fill(Mailbox mailbox, UserKey user, int count) throws Exception {
        return fill(mailbox, user, 1, count);
    }

    final List<Position> fill(Mailbox mailbox, UserKey user, long from, int count) throws Exception {
        List<Append> appends = LongStream.range(from, from + count)
                .mapToObj(offset -> append(user, Long.toString(offset)))
                .toList();
        return await(mailbox.append(appends)).stream()
                .map(outcome -> assertInstanceOf(Appended.Stored.class, outcome).position())
                .toList();
    }

    final Page read(Mailbox mailbox, UserKey user, Position after) throws Exception {
        return read(mailbox, user, after, 10_000);
    }

    final Page read(Mailbox mailbox, UserKey user, Position after, int limit) throws Exception {
        Page page = await(mailbox.read(user, after, limit));
        assertTrue(page.entries().size() <= limit, "more entries than the limit of " + limit);
        assertSound(page, after);
        return page;
    }

    /** What holds for every page, whatever was read. */
    private static void assertSound(Page page, Position after) {
        Position before = page.gap() == null ? after : page.gap().to();
        if (page.gap() != null) {
            assertEquals(after, page.gap().from(), "a gap begins at the position that was read from");
        }
        // A position of the epoch before, and the start, are continued from in the current epoch.
        Position at = new Position(page.head().epoch(), before.offset());
        for (Entry entry : page.entries()) {
            assertEquals(at.next(), entry.position(), "offsets start at 1 and have no holes");
            at = entry.position();
        }
        if (page.entries().isEmpty() && page.head().epoch() == 0) {
            at = before.isStart() ? Position.START : page.next();
        }
        assertEquals(before.isStart() && page.entries().isEmpty() ? Position.START : at, page.next(), "next");
        assertTrue(page.next().compareTo(page.head()) <= 0, "entries lie up to the head");
    }

    final Position head(Mailbox mailbox, UserKey user) throws Exception {
        List<Position> heads = await(mailbox.heads(List.of(user)));
        assertEquals(1, heads.size(), "heads of one user");
        return heads.get(0);
    }

    final Attachment attach(Mailbox mailbox, UserKey user, String device, String instance) throws Exception {
        return await(mailbox.attach(user, device, instance));
    }

    final Position cursor(Mailbox mailbox, UserKey user, String device) throws Exception {
        return attach(mailbox, user, device, "looks-at-the-cursor").cursor();
    }

    static List<String> texts(Page page) {
        return page.entries().stream().map(MailboxFixture::text).toList();
    }

    static List<String> numbers(long from, long to) {
        return LongStream.rangeClosed(from, to).mapToObj(Long::toString).toList();
    }

    static String text(Entry entry) {
        return entry.message().body().path("text").asText();
    }

    /** Compares as JSON does, for which 1 is 1 in whatever type it was kept. */
    static void assertSame(Message expected, Message actual) throws JsonProcessingException {
        assertEquals(reread(expected), reread(actual));
    }

    private static JsonNode reread(Message message) throws JsonProcessingException {
        return MAPPER.readTree(message.toJson().toString());
    }

    /** Fails unless a call fails, by throwing or by its stage. */
    final void assertFails(Callable<CompletionStage<?>> call, String what) throws Exception {
        try {
            await(call.call());
        } catch (ExecutionException | RuntimeException expected) {
            return;
        }
        throw new AssertionError(what + " should have failed");
    }

    static void assertNoGap(Page page) {
        assertNull(page.gap(), "gap");
    }

    /** Runs bodies side by side, and fails with the first failure of any. */
    final void together(List<Callable<Void>> bodies) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(bodies.size());
        try {
            List<Future<Void>> running = bodies.stream().map(threads::submit).toList();
            for (Future<Void> each : running) {
                each.get(patience().toNanos() * 3, TimeUnit.NANOSECONDS);
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError failed) {
                throw failed;
            }
            throw e;
        } finally {
            threads.shutdownNow();
        }
    }
}
