package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.dialect.Dialect;
import io.tidings.dialect.Frame;
import io.tidings.dialect.FrameTemplate;
import io.tidings.dialect.Inbound;
import io.tidings.dialect.Outbound;
import io.tidings.message.ErrorCode;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.policy.HeartbeatPolicy;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opentest4j.AssertionFailedError;

/**
 * Proves a {@link Dialect}. Adopted by naming it, and some of what its clients write:
 *
 * <pre>{@code
 * class EventDialectContractTest extends DialectContract {
 *
 *     @Override
 *     protected Dialect dialect() {
 *         return EventDialect.standard();
 *     }
 *
 *     @Override
 *     protected List<String> requests() {
 *         return List.of("{\"type\":\"ack\",\"data\":{\"messageId\":\"p00000000010000000009\"}}");
 *     }
 * }
 * }</pre>
 */
@Tag("R23")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
public abstract class DialectContract {

    private static final long SEED = 20240115;
    private static final int TEXTS_PER_SEED = 40;
    private static final int MAX_REPEATED = 64;
    private static final int MAX_SENTENCE = 512;
    private static final int MAX_ID = 128;
    private static final int CALLERS = 4;

    private static final MessageId DURABLE = MessageId.of(new Position(3, 77));
    private static final MessageId TRANSIENT = MessageId.ofTransient(12_345, Position.MAX);

    /** The dialect, or another of the same; called once or more a test. */
    protected abstract Dialect dialect();

    /** Frames that clients write and the dialect takes, such as one of each type; default: none. */
    protected List<String> requests() {
        return List.of();
    }

    /** Messages of the host's own kinds that the dialect has words for; default: none. */
    protected List<Message> messages() {
        return List.of();
    }

    // What it is.

    @Test
    void nameAndPolicy_areThereAndStay() {
        Dialect dialect = dialect();

        assertFalse(dialect.name().isBlank(), "name() must not be blank");
        assertTrue(dialect.name().length() <= MAX_REPEATED, "name() must be short");
        assertEquals(dialect.name(), dialect.name(), "name() must stay");
        assertNotNull(dialect.policy());
        assertEquals(dialect.policy(), dialect.policy(), "policy() must stay");
    }

    /** A connection that cannot be told that it is open, what went wrong, or that it shall answer, is of no use. */
    @Test
    void whatEveryConnectionMustHear_hasAWord() {
        Dialect dialect = dialect();

        assertSays(dialect, SampleMessages.of(Kinds.CONNECTED, true));
        assertSays(dialect, SampleMessages.of(Kinds.CONNECTED, false));
        for (ErrorCode code : ErrorCode.values()) {
            for (boolean all : new boolean[] {true, false}) {
                Message sample = SampleMessages.of(Kinds.ERROR, all);
                assertSays(
                        dialect,
                        Message.of(Kinds.ERROR)
                                .body(sample.body())
                                .set("code", code.name())
                                .build());
            }
        }
        if (dialect.policy().heartbeat().probe() == HeartbeatPolicy.Probe.FRAME) {
            assertSays(dialect, SampleMessages.of(Kinds.PING, true));
            assertSays(dialect, SampleMessages.of(Kinds.PING, false));
        }
    }

    @Test
    void hostsMessages_haveAWord() {
        Dialect dialect = dialect();
        messages().forEach(message -> assertSays(dialect, message));
    }

    // What it writes.

    @Test
    void encode_answersTheSame_andLeavesTheMessageAlone() {
        Dialect dialect = dialect();
        for (Message message : allMessages()) {
            ObjectNode before = message.body().deepCopy();
            Optional<FrameTemplate> one = dialect.encode(message);
            Optional<FrameTemplate> other = dialect.encode(message);

            assertEquals(one.isPresent(), other.isPresent(), message.kind());
            if (one.isPresent() && other.isPresent()) {
                assertEquals(one.get().hasId(), other.get().hasId(), message.kind());
                assertArrayEquals(
                        frame(one.get(), DURABLE).toBytes(),
                        frame(other.get(), DURABLE).toBytes(),
                        message.kind());
            }
            assertEquals(before, message.body(), "encode must not change the body of " + message.kind());
        }
    }

    @Test
    void frame_isTheSameAsBytesAndAsText() throws CharacterCodingException {
        for (Said said : everythingSaid()) {
            for (MessageId id : List.of(DURABLE, TRANSIENT)) {
                Frame frame = frame(said.template(), id);
                byte[] bytes = frame.toBytes();
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();

                assertEquals(frame.length(), bytes.length, said.kind());
                assertEquals(text, frame.text(), said.kind());
            }
        }
    }

    /** The id is written into the frame of each recipient: it must fall where the dialect's readers look for it. */
    @Test
    void id_standsWhereItIsRead_inEveryFrameOfATemplate() {
        Dialect dialect = dialect();
        for (Said said : everythingSaid()) {
            if (said.template().hasId()) {
                Frame durable = said.template().frame(DURABLE);
                Frame transientFrame = said.template().frame(TRANSIENT);
                assertEquals(
                        TRANSIENT.toString(),
                        readBack(dialect, transientFrame.text()).messageId(),
                        said.kind());
                assertEquals(
                        DURABLE.toString(), readBack(dialect, durable.text()).messageId(), said.kind());
                assertEquals(
                        durable.text().replace(DURABLE.toString(), TRANSIENT.toString()),
                        transientFrame.text(),
                        "frames of " + said.kind() + " must differ by their ids alone");
            } else {
                assertEquals(
                        null, readBack(dialect, said.template().frame().text()).messageId(), said.kind());
            }
        }
    }

    /** Nothing that the dialect says is lost on those who read it and say it again. */
    @Test
    void read_understandsWhatEncodeSays() {
        Dialect dialect = dialect();
        for (Said said : everythingSaid()) {
            String text = frame(said.template(), DURABLE).text();
            Message read = readBack(dialect, text).message();

            assertEquals(said.kind(), read.kind());
            assertEquals(
                    text,
                    dialect.encode(read)
                            .map(template -> frame(template, DURABLE).text())
                            .orElse("nothing"),
                    said.kind());
        }
    }

    @Test
    void text_arrivesAsItWas_whateverItsCharacters() {
        Dialect dialect = dialect();
        for (String text : List.of(
                "",
                " leading and trailing ",
                "\"quoted\" and 'single' \\ / </script> &amp; %s {0}",
                "lines\r\n\ttabs\u0000\u001f\u007f\u0085\u2028\u2029\ufeff",
                "\u00e9\u4e2d\u0639\u05d0\u202e\ud83d\ude00\ud83d\udc69\u200d\ud83d\ude80",
                "\uffff",
                "x".repeat(5_000))) {
            Message message = withContent(text);
            Optional<FrameTemplate> template = dialect.encode(message);
            if (template.isPresent()) {
                Message read =
                        readBack(dialect, frame(template.get(), DURABLE).text()).message();
                assertEquals(text, read.body().path("content").textValue());
            }
        }
    }

    /** A host's text that is cut within a pair must not keep a message from all its recipients. */
    @Test
    void textThatIsNotUnicode_isWrittenAsUtf8() throws CharacterCodingException {
        Dialect dialect = dialect();
        for (String text : List.of("cut \ud83d", "\ude00 cut", "\ude00\ud83d")) {
            Optional<FrameTemplate> template = dialect.encode(withContent(text));
            if (template.isPresent()) {
                Frame frame = frame(template.get(), DURABLE);
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(frame.toBytes()));
                readBack(dialect, frame.text());
            }
        }
    }

    // What it reads.

    @Test
    @Tag("R51")
    void requests_areTaken_eachTimeWithABodyOfItsOwn() {
        Dialect dialect = dialect();
        for (String text : requests()) {
            Inbound.Request one = assertInstanceOf(Inbound.Request.class, dialect.decode(text), text);
            assertFalse(one.kind().isBlank(), text);
            assertEquals(one, dialect.decode(text), text);

            one.body().put("scribbled", true);
            Inbound.Request other = assertInstanceOf(Inbound.Request.class, dialect.decode(text), text);
            assertFalse(other.body().has("scribbled"), "a request's body must be for that call alone");
        }
    }

    @Test
    @Tag("R51")
    void garbage_isAnswered_withinBounds_andNeverThrows() {
        Dialect dialect = dialect();
        for (String text : garbage()) {
            Inbound inbound = caught("decode", text, dialect::decode);
            String id = inbound.requestId();
            assertTrue(
                    id == null || id.length() <= MAX_ID,
                    () -> "a request id of more than 128 characters: " + shown(text));
            if (inbound instanceof Inbound.Invalid invalid) {
                assertBounded(invalid.field(), invalid.message(), text);
            }
            Outbound outbound = caught("read", text, dialect::read);
            if (outbound instanceof Outbound.Unreadable unreadable) {
                assertBounded(unreadable.field(), unreadable.message(), text);
            }
        }
    }

    @Test
    @Tag("R51")
    void nothing_isNoRequest() {
        Dialect dialect = dialect();
        for (String text : List.of("", " ", "\u0000", "\ud83d", Garbage.LONG)) {
            assertInstanceOf(Inbound.Invalid.class, dialect.decode(text), () -> shown(text));
            assertInstanceOf(Outbound.Unreadable.class, dialect.read(text), () -> shown(text));
        }
    }

    @Test
    void callersAtOnce_getWhatEachWouldGetAlone() throws Exception {
        Dialect dialect = dialect();
        List<Message> messages = allMessages();
        List<String> texts = new ArrayList<>(requests());
        messages.forEach(message -> dialect.encode(message)
                .ifPresent(template -> texts.add(frame(template, DURABLE).text())));
        List<Object> alone = answers(dialect, messages, texts);

        ExecutorService executor = Executors.newFixedThreadPool(CALLERS);
        try {
            CountDownLatch together = new CountDownLatch(CALLERS);
            Callable<List<Object>> caller = () -> {
                together.countDown();
                together.await();
                for (int i = 0; i < 50; i++) {
                    List<Object> answers = answers(dialect, messages, texts);
                    if (!answers.equals(alone)) {
                        return answers;
                    }
                }
                return alone;
            };
            List<Future<List<Object>>> callers = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                callers.add(executor.submit(caller));
            }
            for (Future<List<Object>> answers : callers) {
                assertEquals(alone, answers.get(1, TimeUnit.MINUTES));
            }
        } finally {
            executor.shutdownNow();
        }
    }

    // What the tests share.

    /** A message that the dialect has a word for. */
    private record Said(String kind, FrameTemplate template) {}

    private List<Message> allMessages() {
        List<Message> all = new ArrayList<>(SampleMessages.ofEveryKind());
        all.addAll(messages());
        return all;
    }

    private List<Said> everythingSaid() {
        Dialect dialect = dialect();
        List<Said> said = new ArrayList<>();
        for (Message message : allMessages()) {
            dialect.encode(message).ifPresent(template -> said.add(new Said(message.kind(), template)));
        }
        return said;
    }

    private List<String> garbage() {
        List<String> valid = new ArrayList<>(requests());
        everythingSaid()
                .forEach(said -> valid.add(frame(said.template(), DURABLE).text()));
        return new Garbage(SEED).texts(valid, TEXTS_PER_SEED);
    }

    private static Message withContent(String text) {
        return Message.of(Kinds.MESSAGE_NEW)
                .body(SampleMessages.of(Kinds.MESSAGE_NEW, true).body())
                .set("content", text)
                .build();
    }

    private static Frame frame(FrameTemplate template, MessageId id) {
        return template.hasId() ? template.frame(id) : template.frame();
    }

    private static void assertSays(Dialect dialect, Message message) {
        Optional<FrameTemplate> template = dialect.encode(message);
        assertTrue(template.isPresent(), () -> dialect.name() + " must have a word for " + message.kind());
        assertTrue(frame(template.get(), DURABLE).length() > 0, () -> "a frame of " + message.kind() + " is empty");
    }

    private static Outbound.Read readBack(Dialect dialect, String text) {
        Outbound outbound = dialect.read(text);
        return assertInstanceOf(
                Outbound.Read.class, outbound, () -> "must read its own frame " + text + " but says " + outbound);
    }

    private static <T> T caught(String method, String text, Function<String, T> call) {
        try {
            T answer = call.apply(text);
            if (answer == null) {
                fail(method + " must not answer null, to " + shown(text));
            }
            return answer;
        } catch (RuntimeException | StackOverflowError thrown) {
            throw new AssertionFailedError(method + " must not throw, at " + shown(text), thrown);
        }
    }

    private static void assertBounded(@Nullable String field, String message, String text) {
        assertFalse(message.isBlank(), () -> "no sentence for " + shown(text));
        assertTrue(message.length() <= MAX_SENTENCE, () -> "a long sentence for " + shown(text) + ": " + message);
        assertTrue(
                message.codePoints().noneMatch(Character::isISOControl),
                () -> "a sentence with control characters for " + shown(text) + ": " + message);
        assertFalse(
                message.contains(Garbage.LONG.substring(0, MAX_REPEATED + 1)),
                () -> "a sentence that repeats more than " + MAX_REPEATED + " characters: " + message);
        assertTrue(
                field == null || !field.isEmpty() && field.length() <= MAX_SENTENCE,
                () -> "a field of strange length for " + shown(text) + ": " + field);
    }

    private static List<Object> answers(Dialect dialect, List<Message> messages, List<String> texts) {
        List<Object> answers = new ArrayList<>();
        for (Message message : messages) {
            answers.add(dialect.encode(message)
                    .map(template -> frame(template, DURABLE).text()));
        }
        for (String text : texts) {
            answers.add(dialect.decode(text));
            answers.add(dialect.read(text));
        }
        return answers;
    }

    private static String shown(String text) {
        String cut = text.length() <= 100 ? text : text.substring(0, 100) + "… (" + text.length() + " characters)";
        return '<' + cut + '>';
    }
}
