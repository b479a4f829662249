package io.tidings.testkit;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.dialect.Dialect;
import io.tidings.dialect.EventDialect;
import io.tidings.dialect.FrameTemplate;
import io.tidings.dialect.Inbound;
import io.tidings.dialect.Outbound;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.policy.ConnectionPolicy;
import io.tidings.policy.Heartbeat;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The contract of dialects passes one that keeps it and catches those that break it. */
@Tag("R101")
class DialectContractTest {

    @Test
    void dialectThatKeepsTheContract_holds() {
        ContractProof.assertHolds(Sound.class);
    }

    @Test
    void nameOrPolicyThatChanges_isCaught() {
        ContractProof.assertCaught(ChangingName.class, "nameAndPolicy_areThereAndStay");
        ContractProof.assertCaught(BlankName.class, "nameAndPolicy_areThereAndStay");
        ContractProof.assertCaught(ChangingPolicy.class, "nameAndPolicy_areThereAndStay");
    }

    @Test
    void missingWords_areCaught() {
        ContractProof.assertCaught(NoError.class, "whatEveryConnectionMustHear_hasAWord");
        ContractProof.assertCaught(NoConnected.class, "whatEveryConnectionMustHear_hasAWord");
        ContractProof.assertCaught(NoPing.class, "whatEveryConnectionMustHear_hasAWord");
        ContractProof.assertCaught(NoWordForHost.class, "hostsMessages_haveAWord");
    }

    @Test
    void encodingThatChanges_isCaught() {
        ContractProof.assertCaught(CountingFrames.class, "encode_answersTheSame_andLeavesTheMessageAlone");
        ContractProof.assertCaught(ScribblingBody.class, "encode_answersTheSame_andLeavesTheMessageAlone");
    }

    @Test
    void holeThatIsNotWhereTheIdIs_isCaught() {
        ContractProof.assertCaught(HoleOneEarly.class, "id_standsWhereItIsRead_inEveryFrameOfATemplate");
        ContractProof.assertCaught(HoleAtTheFront.class, "id_standsWhereItIsRead_inEveryFrameOfATemplate");
        ContractProof.assertCaught(IdWithoutHole.class, "id_standsWhereItIsRead_inEveryFrameOfATemplate");
    }

    @Test
    void framesThatAreNotUtf8_areCaught() {
        ContractProof.assertCaught(Latin1.class, "text_arrivesAsItWas_whateverItsCharacters");
        ContractProof.assertCaught(LoneSurrogateThrows.class, "textThatIsNotUnicode_isWrittenAsUtf8");
        ContractProof.assertCaught(BadBytes.class, "frame_isTheSameAsBytesAndAsText");
    }

    @Test
    void textThatIsNotEscaped_isCaught() {
        ContractProof.assertCaught(Unescaped.class, "text_arrivesAsItWas_whateverItsCharacters");
    }

    @Test
    void framesThatAreNotReadBack_areCaught() {
        ContractProof.assertCaught(ReadsNothing.class, "read_understandsWhatEncodeSays");
        ContractProof.assertCaught(ReadsAnotherKind.class, "read_understandsWhatEncodeSays");
        ContractProof.assertCaught(ReadLosesFields.class, "read_understandsWhatEncodeSays");
    }

    @Test
    void requestsThatAreRefusedOrShared_areCaught() {
        ContractProof.assertCaught(RefusesAll.class, "requests_areTaken_eachTimeWithABodyOfItsOwn");
        ContractProof.assertCaught(SharesBodies.class, "requests_areTaken_eachTimeWithABodyOfItsOwn");
    }

    @Test
    void readersThatThrow_areCaught() {
        ContractProof.assertCaught(DecodeThrows.class, "garbage_isAnswered_withinBounds_andNeverThrows");
        ContractProof.assertCaught(ReadThrows.class, "garbage_isAnswered_withinBounds_andNeverThrows");
        ContractProof.assertCaught(DecodeAnswersNull.class, "garbage_isAnswered_withinBounds_andNeverThrows");
        ContractProof.assertCaught(DecodeRecurses.class, "garbage_isAnswered_withinBounds_andNeverThrows");
    }

    @Test
    void sentencesWithoutBounds_areCaught() {
        ContractProof.assertCaught(RepeatsTheText.class, "garbage_isAnswered_withinBounds_andNeverThrows");
        ContractProof.assertCaught(RepeatsControlCharacters.class, "garbage_isAnswered_withinBounds_andNeverThrows");
        ContractProof.assertCaught(BlankSentence.class, "garbage_isAnswered_withinBounds_andNeverThrows");
        ContractProof.assertCaught(LongField.class, "garbage_isAnswered_withinBounds_andNeverThrows");
        ContractProof.assertCaught(LongRequestId.class, "garbage_isAnswered_withinBounds_andNeverThrows");
    }

    @Test
    void dialectThatTakesAnything_isCaught() {
        ContractProof.assertCaught(TakesAnything.class, "nothing_isNoRequest");
    }

    @Test
    void dialectForOneThread_isCaught() {
        ContractProof.assertCaught(SharedBuffer.class, "callersAtOnce_getWhatEachWouldGetAlone");
    }

    // The stubs.

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** The event dialect, for stubs to break. */
    private static class Stub implements Dialect {

        private final Dialect sound = EventDialect.standard();

        @Override
        public String name() {
            return sound.name();
        }

        @Override
        public ConnectionPolicy policy() {
            return sound.policy();
        }

        @Override
        public Optional<FrameTemplate> encode(Message message) {
            return sound.encode(message);
        }

        @Override
        public Inbound decode(String text) {
            return sound.decode(text);
        }

        @Override
        public Outbound read(String text) {
            return sound.read(text);
        }
    }

    /** A stub that writes other bytes. */
    private abstract static class Rewriting extends Stub {

        abstract FrameTemplate rewritten(byte[] bytes, int hole);

        @Override
        public Optional<FrameTemplate> encode(Message message) {
            return super.encode(message).map(template -> {
                if (!template.hasId()) {
                    return template;
                }
                byte[] bytes = template.frame(ZERO).toBytes();
                return rewritten(bytes, bytes.length - 2 - MessageId.LENGTH);
            });
        }
    }

    private static final MessageId ZERO = MessageId.of(Position.START);

    /** The suite over a stub. */
    abstract static class Suite extends DialectContract {

        private final Dialect dialect;

        Suite(Dialect dialect) {
            this.dialect = dialect;
        }

        @Override
        protected Dialect dialect() {
            return dialect;
        }

        @Override
        protected List<String> requests() {
            return List.of(
                    "{\"type\":\"message:send\",\"id\":\"c-1\",\"data\":{\"receiverId\":789,\"content\":\"Hello\"}}");
        }
    }

    static class Sound extends Suite {
        Sound() {
            super(new Stub());
        }
    }

    static class ChangingName extends Suite {
        ChangingName() {
            super(new Stub() {
                private final AtomicInteger calls = new AtomicInteger();

                @Override
                public String name() {
                    return "event" + calls.getAndIncrement();
                }
            });
        }
    }

    static class BlankName extends Suite {
        BlankName() {
            super(new Stub() {
                @Override
                public String name() {
                    return " ";
                }
            });
        }
    }

    static class ChangingPolicy extends Suite {
        ChangingPolicy() {
            super(new Stub() {
                private final AtomicInteger calls = new AtomicInteger();

                @Override
                public ConnectionPolicy policy() {
                    return new ConnectionPolicy(
                            Heartbeat.protocol(), Duration.ofSeconds(calls.getAndIncrement()), 1_024);
                }
            });
        }
    }

    private static Dialect without(String kind) {
        return new Stub() {
            @Override
            public Optional<FrameTemplate> encode(Message message) {
                return message.kind().equals(kind) ? Optional.empty() : super.encode(message);
            }
        };
    }

    static class NoError extends Suite {
        NoError() {
            super(without(Kinds.ERROR.name()));
        }
    }

    static class NoConnected extends Suite {
        NoConnected() {
            super(without(Kinds.CONNECTED.name()));
        }
    }

    static class NoPing extends Suite {
        NoPing() {
            super(without(Kinds.PING.name()));
        }
    }

    static class NoWordForHost extends Suite {
        NoWordForHost() {
            super(new Stub());
        }

        @Override
        protected List<Message> messages() {
            return List.of(Message.of(Kind.of("hosts.own")).build());
        }
    }

    static class CountingFrames extends Suite {
        CountingFrames() {
            super(new Rewriting() {
                private final AtomicInteger calls = new AtomicInteger();

                @Override
                FrameTemplate rewritten(byte[] bytes, int hole) {
                    String text = new String(bytes, StandardCharsets.UTF_8);
                    byte[] counted = ("{\"n\":" + calls.getAndIncrement() + "," + text.substring(1))
                            .getBytes(StandardCharsets.UTF_8);
                    return FrameTemplate.withId(counted, hole + counted.length - bytes.length);
                }
            });
        }
    }

    static class ScribblingBody extends Suite {
        ScribblingBody() {
            super(new Stub() {
                @Override
                public Optional<FrameTemplate> encode(Message message) {
                    message.body().put("encoded", true);
                    return super.encode(message);
                }
            });
        }
    }

    static class HoleOneEarly extends Suite {
        HoleOneEarly() {
            super(new Rewriting() {
                @Override
                FrameTemplate rewritten(byte[] bytes, int hole) {
                    return FrameTemplate.withId(bytes, hole - 1);
                }
            });
        }
    }

    static class HoleAtTheFront extends Suite {
        HoleAtTheFront() {
            super(new Rewriting() {
                @Override
                FrameTemplate rewritten(byte[] bytes, int hole) {
                    return FrameTemplate.withId(bytes, 0);
                }
            });
        }
    }

    static class IdWithoutHole extends Suite {
        IdWithoutHole() {
            super(new Rewriting() {
                @Override
                FrameTemplate rewritten(byte[] bytes, int hole) {
                    return FrameTemplate.withoutId(bytes);
                }
            });
        }
    }

    static class Latin1 extends Suite {
        Latin1() {
            super(new Rewriting() {
                @Override
                FrameTemplate rewritten(byte[] bytes, int hole) {
                    String text = new String(bytes, StandardCharsets.UTF_8);
                    byte[] latin1 = text.getBytes(StandardCharsets.ISO_8859_1);
                    return FrameTemplate.withId(latin1, hole + latin1.length - bytes.length);
                }
            });
        }
    }

    static class BadBytes extends Suite {
        BadBytes() {
            super(new Rewriting() {
                @Override
                FrameTemplate rewritten(byte[] bytes, int hole) {
                    bytes[2] = (byte) 0xFF;
                    return FrameTemplate.withId(bytes, hole);
                }
            });
        }
    }

    static class LoneSurrogateThrows extends Suite {
        LoneSurrogateThrows() {
            super(new Stub() {
                @Override
                public Optional<FrameTemplate> encode(Message message) {
                    if (!StandardCharsets.UTF_8
                            .newEncoder()
                            .canEncode(message.body().path("content").asText())) {
                        throw new IllegalArgumentException("content is not Unicode");
                    }
                    return super.encode(message);
                }
            });
        }
    }

    static class Unescaped extends Suite {
        Unescaped() {
            super(new Rewriting() {
                @Override
                FrameTemplate rewritten(byte[] bytes, int hole) {
                    byte[] raw = new String(bytes, StandardCharsets.UTF_8)
                            .replace("\\\"", "\"")
                            .getBytes(StandardCharsets.UTF_8);
                    return FrameTemplate.withId(raw, hole + raw.length - bytes.length);
                }
            });
        }
    }

    static class ReadsNothing extends Suite {
        ReadsNothing() {
            super(new Stub() {
                @Override
                public Outbound read(String text) {
                    return new Outbound.Unreadable(null, "This dialect reads nothing");
                }
            });
        }
    }

    /** A stub that understands something else. */
    private abstract static class Misreading extends Stub {

        abstract Message misread(Message message);

        @Override
        public Outbound read(String text) {
            return super.read(text) instanceof Outbound.Read read
                    ? new Outbound.Read(misread(read.message()), read.messageId())
                    : super.read(text);
        }
    }

    static class ReadsAnotherKind extends Suite {
        ReadsAnotherKind() {
            super(new Misreading() {
                @Override
                Message misread(Message message) {
                    return new Message("other", message.body(), message.at(), message.category(), message.key());
                }
            });
        }
    }

    static class ReadLosesFields extends Suite {
        ReadLosesFields() {
            super(new Misreading() {
                @Override
                Message misread(Message message) {
                    ObjectNode body = message.body().deepCopy();
                    body.remove("content");
                    return new Message(message.kind(), body, message.at(), message.category(), message.key());
                }
            });
        }
    }

    /** A stub with another way to decode. */
    private abstract static class Decoding extends Stub {

        abstract Inbound decoded(String text, Inbound sound);

        @Override
        public Inbound decode(String text) {
            return decoded(text, super.decode(text));
        }

        static Inbound invalid(String field, String message) {
            return new Inbound.Invalid(field, message, null);
        }
    }

    static class RefusesAll extends Suite {
        RefusesAll() {
            super(new Decoding() {
                @Override
                Inbound decoded(String text, Inbound sound) {
                    return invalid(null, "No");
                }
            });
        }
    }

    static class SharesBodies extends Suite {
        SharesBodies() {
            super(new Decoding() {
                private final Map<String, Inbound> cache = new ConcurrentHashMap<>();

                @Override
                Inbound decoded(String text, Inbound sound) {
                    return cache.computeIfAbsent(text, key -> sound);
                }
            });
        }
    }

    static class DecodeThrows extends Suite {
        DecodeThrows() {
            super(new Decoding() {
                @Override
                Inbound decoded(String text, Inbound sound) {
                    if (sound instanceof Inbound.Invalid invalid && "data.content".equals(invalid.field())) {
                        throw new IllegalStateException("no content");
                    }
                    return sound;
                }
            });
        }
    }

    static class ReadThrows extends Suite {
        ReadThrows() {
            super(new Stub() {
                @Override
                public Outbound read(String text) {
                    if (super.read(text) instanceof Outbound.Unreadable) {
                        throw new IllegalArgumentException("unreadable");
                    }
                    return super.read(text);
                }
            });
        }
    }

    static class DecodeAnswersNull extends Suite {
        DecodeAnswersNull() {
            super(new Decoding() {
                @Override
                Inbound decoded(String text, Inbound sound) {
                    return text.equals("null") ? null : sound;
                }
            });
        }
    }

    static class DecodeRecurses extends Suite {
        DecodeRecurses() {
            super(new Decoding() {
                @Override
                Inbound decoded(String text, Inbound sound) {
                    return depth(text, 0) < 0 ? invalid(null, "No") : sound;
                }

                private int depth(String text, int at) {
                    return at < text.length() && text.charAt(at) == '[' ? 1 + depth(text, at + 1) : 0;
                }
            });
        }
    }

    static class RepeatsTheText extends Suite {
        RepeatsTheText() {
            super(new Decoding() {
                @Override
                Inbound decoded(String text, Inbound sound) {
                    String repeated = text.replaceAll("\\p{Cntrl}", "");
                    return sound instanceof Inbound.Invalid
                            ? invalid(null, "Cannot read " + repeated.substring(0, Math.min(200, repeated.length())))
                            : sound;
                }
            });
        }
    }

    static class RepeatsControlCharacters extends Suite {
        RepeatsControlCharacters() {
            super(new Decoding() {
                @Override
                Inbound decoded(String text, Inbound sound) {
                    return sound instanceof Inbound.Invalid
                            ? invalid(null, "Cannot read " + text.substring(0, Math.min(10, text.length())))
                            : sound;
                }
            });
        }
    }

    static class BlankSentence extends Suite {
        BlankSentence() {
            super(new Decoding() {
                @Override
                Inbound decoded(String text, Inbound sound) {
                    return sound instanceof Inbound.Invalid ? invalid(null, " ") : sound;
                }
            });
        }
    }

    static class LongField extends Suite {
        LongField() {
            super(new Decoding() {
                @Override
                Inbound decoded(String text, Inbound sound) {
                    return sound instanceof Inbound.Invalid ? invalid(text, "No") : sound;
                }
            });
        }
    }

    static class LongRequestId extends Suite {
        LongRequestId() {
            super(new Decoding() {
                @Override
                Inbound decoded(String text, Inbound sound) {
                    return sound instanceof Inbound.Invalid ? new Inbound.Invalid(null, "No", text) : sound;
                }
            });
        }
    }

    static class TakesAnything extends Suite {
        TakesAnything() {
            super(new Decoding() {
                @Override
                Inbound decoded(String text, Inbound sound) {
                    return sound instanceof Inbound.Invalid
                            ? new Inbound.Request(Kinds.PONG.name(), MAPPER.createObjectNode(), null)
                            : sound;
                }
            });
        }
    }

    static class SharedBuffer extends Suite {
        SharedBuffer() {
            super(new Stub() {
                private volatile Message current;

                @Override
                public Optional<FrameTemplate> encode(Message message) {
                    current = message;
                    Thread.yield();
                    return super.encode(current);
                }
            });
        }
    }
}
