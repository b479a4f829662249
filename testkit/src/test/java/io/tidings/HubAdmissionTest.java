package io.tidings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.auth.Authorizer;
import io.tidings.auth.Identity;
import io.tidings.dialect.EnvelopeDialect;
import io.tidings.dialect.EventDialect;
import io.tidings.message.ErrorCode;
import io.tidings.message.Field;
import io.tidings.message.FieldType;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import io.tidings.spi.HubObserver;
import io.tidings.spi.Sanitizer;
import io.tidings.spi.Ticker;
import io.tidings.testkit.ManualTime;
import io.tidings.testkit.RecordedFrame;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What stands between a client and the host: who may reach whom, and text that is made harmless. */
class HubAdmissionTest {

    private static final String SECRET = "jdbc:secret@db";
    private static final CompletionStage<Boolean> YES = CompletableFuture.completedFuture(true);
    private static final CompletionStage<Boolean> NO = CompletableFuture.completedFuture(false);

    /** A host's own kind, which reaches several users at once. */
    private static final Kind INVITE = Kind.of(
                    "invite",
                    Field.of("guests", FieldType.IDS),
                    Field.object("party", Field.of("title", FieldType.PROSE).max(10), Field.of("code", FieldType.TEXT)))
            .reaching("guests");

    /** Answers as the test says, and notes what it was asked. */
    private static final class Asked implements Authorizer {
        private final List<String> questions = new ArrayList<>();
        private Supplier<CompletionStage<Boolean>> reach = () -> YES;
        private Supplier<CompletionStage<Boolean>> request = () -> YES;

        @Override
        public CompletionStage<Boolean> mayRequest(Identity identity, String kind) {
            questions.add(identity.user().user() + ' ' + kind);
            return request.get();
        }

        @Override
        public CompletionStage<Boolean> mayReach(Identity from, UserKey to, String kind) {
            questions.add(from.user().user() + ' ' + kind + " to " + to.tenant() + '/' + to.user());
            return reach.get();
        }

        @Override
        public CompletionStage<Boolean> maySubscribe(Identity identity, Topic topic) {
            questions.add(identity.user().user() + " topic " + topic.name());
            return reach.get();
        }

        @Override
        public CompletionStage<Boolean> maySee(Identity from, UserKey user) {
            questions.add(from.user().user() + " sees " + user.tenant() + '/' + user.user());
            return reach.get();
        }

        List<String> takeQuestions() {
            List<String> taken = List.copyOf(questions);
            questions.clear();
            return taken;
        }
    }

    private final ManualTime time = new ManualTime();
    private final Asked asked = new Asked();
    private final ScriptedListener host = new ScriptedListener();
    private HubFixture fixture = hub(builder -> builder.authorizer(asked));

    private HubFixture hub(UnaryOperator<HubBuilder> options) {
        return new HubFixture(
                time,
                Endpoint.of(
                        HubFixture.EVENT,
                        EventDialect.builder().inbound(INVITE, "invite").build()),
                Endpoint.of(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> options.apply(builder.listener(host)));
    }

    private void rebuild(UnaryOperator<HubBuilder> options) {
        fixture.close();
        fixture = hub(options);
    }

    @AfterEach
    void nothingIsLeft() {
        fixture.close();
    }

    /** The number of the last request's id: the same id again would be a repeat. */
    private static int ids;

    private static String fresh(String frame) {
        return frame.replaceFirst("\"r\\d+\"", "\"r" + ++ids + "\"");
    }

    private static String frame(String type, String body) {
        return "{\"type\":\"" + type + "\",\"id\":\"r" + ++ids + "\",\"data\":" + body + "}";
    }

    private static String envelope(String type, String body) {
        return "{\"type\":\"" + type + "\",\"messageId\":\"r" + ++ids + "\",\"payload\":" + body + "}";
    }

    private static void assertCode(String code, @Nullable String field, RecordedFrame frame) {
        JsonNode error = frame.at(frame.type().equals("ERROR") ? "/payload" : "/error");
        assertEquals(code, error.path("code").asText(), frame.text());
        assertEquals(field, error.path("field").textValue(), frame.text());
        assertTrue(error.path("id").asText().matches("r\\d+"), frame.text());
        assertFalse(frame.text().contains(SECRET), frame.text());
    }

    // --- Who may reach whom

    @ParameterizedTest
    @Tag("R53")
    @CsvSource(delimiter = '|', textBlock = """
        message:send      | SEND_MESSAGE       | {"receiverId":9,"content":"x"}         | message.send
        message:typing    | TYPING             | {"conversationWith":9,"isTyping":true} | typing.set
        message:mark_seen | MARK_MESSAGES_SEEN | {"conversationWith":9,"messageIds":[]} | messages.mark-seen
        """)
    void whoeverARequestNames_isAskedFor_andMayBeRefused(String word, String envelopeWord, String body, String kind) {
        List<String> questions = List.of("1 " + kind, "1 " + kind + " to acme/9");
        TestConnection event = fixture.event("acme/1");
        TestConnection envelope = fixture.envelope("acme/1");
        host.takeCalls();
        assertEquals(
                "r" + (ids + 1),
                event.say(frame(word, body)).take("result").at("/id").asText());
        assertEquals(questions, asked.takeQuestions());
        envelope.say(envelope(envelopeWord, body)).take("RESULT");
        assertEquals(questions, asked.takeQuestions());
        assertEquals(2, host.takeCalls().size());
        asked.reach = () -> NO;
        assertCode("FORBIDDEN", null, event.say(frame(word, body)).take("error"));
        assertCode("FORBIDDEN", null, envelope.say(envelope(envelopeWord, body)).take("ERROR"));
        assertEquals(List.of(), host.takeCalls());
        event.wire.assertExhausted();
        envelope.wire.assertExhausted();
    }

    @Test
    @Tag("R53")
    void aKindThatIsRefused_isNotAskedForAnyUser() {
        asked.request = () -> NO;
        TestConnection client = fixture.event("1");
        host.takeCalls();
        assertCode(
                "FORBIDDEN",
                null,
                client.say(frame("message:send", "{\"receiverId\":9,\"content\":\"x\"}"))
                        .take("error"));
        assertEquals(List.of("1 message.send"), asked.takeQuestions());
        assertEquals(List.of(), host.takeCalls());
    }

    @Test
    @Tag("R53")
    void everyUserOfARequest_isAskedForOnce_andOneNoIsEnough() {
        TestConnection client = fixture.event("1");
        host.takeCalls();
        String body = "{\"guests\":[7,8,\"7\",9],\"party\":{\"title\":\"t\",\"code\":\"c\"}}";
        client.say(frame("invite", body)).take("result");
        assertEquals(List.of("1 invite", "1 invite to /7", "1 invite to /8", "1 invite to /9"), asked.takeQuestions());
        assertEquals(1, host.takeCalls().size());
        List<CompletionStage<Boolean>> answers = new ArrayList<>(List.of(YES, NO));
        asked.reach = () -> answers.remove(0);
        assertCode("FORBIDDEN", null, client.say(frame("invite", body)).take("error"));
        assertEquals(List.of("1 invite", "1 invite to /7", "1 invite to /8"), asked.takeQuestions());
        assertEquals(List.of(), host.takeCalls());
    }

    /** How an authoriser can fail. */
    enum Failing {
        THROWS {
            @Override
            CompletionStage<Boolean> answer() {
                throw new IllegalStateException(SECRET);
            }
        },
        OVERFLOWS {
            @Override
            CompletionStage<Boolean> answer() {
                throw new StackOverflowError(SECRET);
            }
        },
        ANSWERS_NULL {
            @Override
            @SuppressWarnings("NullAway")
            CompletionStage<Boolean> answer() {
                return null;
            }
        },
        FAILS {
            @Override
            CompletionStage<Boolean> answer() {
                return CompletableFuture.failedFuture(new IllegalStateException(SECRET));
            }
        },
        COMPLETES_WITH_NULL {
            @Override
            CompletionStage<Boolean> answer() {
                return CompletableFuture.completedFuture(null);
            }
        };

        abstract CompletionStage<Boolean> answer();
    }

    @ParameterizedTest
    @EnumSource
    @Tag("R53")
    void anAuthoriserThatFails_refuses(Failing failing) {
        asked.reach = failing::answer;
        TestConnection client = fixture.event("1");
        host.takeCalls();
        for (String frame : List.of(
                frame("message:send", "{\"receiverId\":9,\"content\":\"x\"}"),
                frame("topic:subscribe", "{\"topics\":[\"a\"]}"))) {
            assertCode("FORBIDDEN", null, client.say(frame).take("error"));
        }
        assertEquals(List.of(), host.takeCalls());
        assertEquals(2, fixture.hub.stats().memberships());
    }

    @Test
    @Tag("R53")
    void anAuthoriserThatDoesNotAnswer_refusesAfterThirtySeconds_andALateYesChangesNothing() {
        CompletableFuture<Boolean> late = new CompletableFuture<>();
        asked.reach = () -> late;
        TestConnection client = fixture.envelope("1");
        host.takeCalls();
        client.say(envelope("SEND_MESSAGE", "{\"receiverId\":9,\"content\":\"x\"}"));
        time.advance(SerialQueue.MAX_TIME.minusMillis(1));
        client.wire.assertExhausted();
        time.advance(Duration.ofMillis(1));
        assertCode("FORBIDDEN", null, client.take("ERROR"));
        late.complete(true);
        time.runUntilQuiet();
        assertEquals(List.of(), host.takeCalls());
        client.wire.assertExhausted();
    }

    @Test
    @Tag("R53")
    void aLateYesToTopics_joinsNone() {
        CompletableFuture<Boolean> late = new CompletableFuture<>();
        asked.reach = () -> late;
        TestConnection client = fixture.envelope("1");
        client.say(envelope("SUBSCRIBE_TOPICS", "{\"topics\":[\"a\",\"b\"]}"));
        time.advance(SerialQueue.MAX_TIME);
        assertCode("FORBIDDEN", null, client.take("ERROR"));
        late.complete(true);
        time.runUntilQuiet();
        assertEquals(2, fixture.hub.stats().memberships());
        assertEquals(List.of("1 topics.subscribe", "1 topic a"), asked.takeQuestions(), "nobody is asked any further");
    }

    @Test
    @Tag("R53")
    void byDefault_usersReachOthersOfTheirTenant_andNobodyElse() {
        Identity one = Identity.of(new UserKey("acme", "1"));
        assertTrue(Authorizer.STANDARD
                .mayReach(one, new UserKey("acme", "2"), "message.send")
                .toCompletableFuture()
                .join());
        assertFalse(Authorizer.STANDARD
                .mayReach(one, new UserKey("other", "2"), "message.send")
                .toCompletableFuture()
                .join());
    }

    // --- A host's own ways in

    private Admission admit(Kind kind, String body) {
        CompletableFuture<Admission> admission =
                fixture.hub.admit(Identity.of(UserKey.of(1)), kind, json(body)).toCompletableFuture();
        assertFalse(admission.isDone(), "the host's code is not called by the caller");
        time.runUntilQuiet();
        return admission.join();
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) new RecordedFrame(text).json();
    }

    @Test
    @Tag("R53")
    void admit_asksTheSameQuestions_andGivesTheSameAnswers() {
        String body = "{\"receiverId\":9,\"content\":\"x\"}";
        assertEquals(new Admission.Granted(json(body)), admit(Kinds.SEND_MESSAGE, body));
        assertEquals(List.of("1 message.send", "1 message.send to /9"), asked.takeQuestions());
        asked.reach = () -> NO;
        assertEquals(
                new Admission.Refused(ErrorCode.FORBIDDEN, "This is not allowed", null),
                admit(Kinds.SEND_MESSAGE, body));
        CompletableFuture<Boolean> never = new CompletableFuture<>();
        asked.reach = () -> never;
        CompletableFuture<Admission> bounded = fixture.hub
                .admit(Identity.of(UserKey.of(1)), Kinds.SEND_MESSAGE, json(body))
                .toCompletableFuture();
        time.advance(SerialQueue.MAX_TIME.minusMillis(1));
        assertFalse(bounded.isDone());
        time.advance(Duration.ofMillis(1));
        assertInstanceOf(Admission.Refused.class, bounded.join());
    }

    @Test
    @Tag("R68")
    void presence_isAskedOfEveryUserWhoWouldBeSeen_andOneNoIsEnough() {
        String body = "{\"users\":[9,1]}";
        assertEquals(new Admission.Granted(json(body)), admit(Kinds.GET_PRESENCE, body));
        assertEquals(List.of("1 presence.get", "1 sees /9", "1 sees /1"), asked.takeQuestions());
        List<CompletionStage<Boolean>> answers = new ArrayList<>(List.of(YES, NO));
        asked.reach = () -> answers.remove(0);
        assertEquals(
                new Admission.Refused(ErrorCode.FORBIDDEN, "This is not allowed", null),
                admit(Kinds.GET_PRESENCE, body));
    }

    @Test
    @Tag("R68")
    void byDefault_usersSeeThemselvesAlone() {
        rebuild(builder -> builder);
        assertInstanceOf(Admission.Granted.class, admit(Kinds.GET_PRESENCE, "{\"users\":[1,1]}"));
        assertInstanceOf(Admission.Refused.class, admit(Kinds.GET_PRESENCE, "{\"users\":[1,2]}"));
        assertEquals(
                false,
                Authorizer.STANDARD
                        .maySee(Identity.of(UserKey.of(1)), new UserKey("other", "1"))
                        .toCompletableFuture()
                        .join());
    }

    // --- Text

    /** Notes what it was given, and answers it in small letters. */
    private static final class Lower implements Sanitizer {
        private final List<String> fields = new ArrayList<>();

        @Override
        public String sanitize(String field, String text) {
            fields.add(field);
            return text.equals("GROW")
                    ? "x".repeat(11)
                    : text.equals("FIT") ? "x".repeat(10) : text.toLowerCase(Locale.ROOT);
        }
    }

    @Test
    @Tag("R52")
    void textOfPeople_isSanitised_beforeTheHostSeesIt_andNothingElseIs() {
        Lower lower = new Lower();
        List<JsonNode> seen = new ArrayList<>();
        host.answer = request -> {
            seen.add(request.body());
            return CompletableFuture.completedFuture(Reply.DONE);
        };
        rebuild(builder -> builder.sanitizer(lower));
        TestConnection event = fixture.event("1");
        TestConnection envelope = fixture.envelope("1");
        event.say(frame("message:send", "{\"receiverId\":\"ABC\",\"content\":\"HELLO\"}"))
                .take("result");
        envelope.say(envelope("SEND_MESSAGE", "{\"receiverId\":\"ABC\",\"content\":\"HELLO\"}"))
                .take("RESULT");
        event.say(frame("invite", "{\"guests\":[\"A\"],\"party\":{\"title\":\"TITLE\",\"code\":\"CODE\"}}"))
                .take("result");
        assertEquals(List.of("content", "content", "title"), lower.fields);
        assertEquals(json("{\"receiverId\":\"ABC\",\"content\":\"hello\"}"), seen.get(0));
        assertEquals(seen.get(0), seen.get(1));
        assertEquals(json("{\"guests\":[\"A\"],\"party\":{\"title\":\"title\",\"code\":\"CODE\"}}"), seen.get(2));
    }

    @Test
    @Tag("R52")
    void theHostsOwnText_isNotTouched() {
        rebuild(builder -> builder.sanitizer(new Lower()));
        TestConnection client = fixture.event("1");
        fixture.send(UserKey.of("1"), HubFixture.chat(1), SendOptions.NONE);
        assertEquals("message 1", client.take("message:new").at("/data/content").asText());
        fixture.send(
                UserKey.of("1"),
                Message.of(Kinds.MESSAGE_NEW)
                        .set("id", 2)
                        .set("senderId", 7)
                        .set("receiverId", 1)
                        .set("content", "<b>LOUD</b>")
                        .set("createdAt", Instant.EPOCH)
                        .set("seen", false)
                        .build(),
                SendOptions.NONE);
        assertEquals(
                "<b>LOUD</b>", client.take("message:new").at("/data/content").asText());
    }

    @Test
    @Tag("R52")
    void textThatIsTooLongOnceSanitised_isRefusedByName_oneThatFitsIsNot() {
        rebuild(builder -> builder.sanitizer(new Lower()));
        TestConnection client = fixture.event("1");
        host.takeCalls();
        String body = "{\"guests\":[],\"party\":{\"title\":\"FIT\",\"code\":\"c\"}}";
        client.say(frame("invite", body)).take("result");
        assertEquals(1, host.takeCalls().size());
        assertCode(
                "INVALID_MESSAGE",
                "party.title",
                client.say(frame("invite", body.replace("FIT", "GROW"))).take("error"));
        assertEquals(List.of(), host.takeCalls());
    }

    @Test
    @Tag("R52")
    void aSanitiserThatFails_refusesTheRequest_andTellsNothing() {
        List<Sanitizer> broken = List.of(
                (field, text) -> {
                    throw new IllegalStateException(SECRET);
                },
                (field, text) -> {
                    throw new StackOverflowError(SECRET);
                },
                (field, text) -> null);
        for (Sanitizer each : broken) {
            rebuild(builder -> builder.sanitizer(each));
            TestConnection client = fixture.event("1");
            host.takeCalls();
            assertCode(
                    "INTERNAL_ERROR",
                    null,
                    client.say(frame("message:send", "{\"receiverId\":9,\"content\":\"x\"}"))
                            .take("error"));
            assertEquals(List.of(), host.takeCalls());
            client.say(frame("message:typing", "{\"conversationWith\":9,\"isTyping\":true}"))
                    .take("result");
            assertEquals(1, host.takeCalls().size());
        }
    }

    @Test
    @Tag("R52")
    void withoutASanitiser_textStaysAsItIs() {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("receiverId", 9).put("content", "<b>A</b>");
        assertEquals(new Admission.Granted(body), admit(Kinds.SEND_MESSAGE, body.toString()));
    }

    // --- Kinds

    @Test
    @Tag("R53")
    void aKind_reachesUsersByAFieldOfIdsAlone() {
        assertThrows(IllegalArgumentException.class, () -> Kinds.SEND_MESSAGE.reaching("content"));
        assertThrows(IllegalArgumentException.class, () -> Kinds.SEND_MESSAGE.reaching("nobody"));
        assertEquals("receiverId", Kinds.SEND_MESSAGE.conflated("").reaching());
    }

    @Test
    @Tag("R53")
    void aRequestOfAKindThatTheDialectDoesNotName_isRefused() {
        assertInstanceOf(
                Admission.Refused.class,
                new Admissions(asked, Sanitizer.NONE, time, time, HubObserver.NONE)
                        .admit(Identity.of(UserKey.of(1)), null, JsonNodeFactory.instance.objectNode())
                        .toCompletableFuture()
                        .join());
        assertEquals(List.of(), asked.takeQuestions());
    }

    /** Time that an authoriser can spend. */
    private static final class Spent implements Ticker {
        private final ManualTime time;
        private Duration spent = Duration.ZERO;

        Spent(ManualTime time) {
            this.time = time;
        }

        @Override
        public long nanos() {
            return time.nanos() + spent.toNanos();
        }

        @Override
        public long epochMillis() {
            return time.epochMillis() + spent.toMillis();
        }
    }

    @Test
    @Tag("R53")
    void anAuthoriserThatBlocks_isBelievedForThirtySeconds_andNoLonger() {
        Spent ticker = new Spent(time);
        Endpoint event = Cluster.quiet(HubFixture.EVENT, EventDialect.standard());
        fixture.close();
        fixture = new HubFixture(
                time,
                event,
                Cluster.quiet(HubFixture.ENVELOPE, EnvelopeDialect.standard()),
                builder -> builder.listener(host).authorizer(asked).ticker(ticker));
        TestConnection client = fixture.event("1");
        host.takeCalls();
        asked.reach = () -> {
            ticker.spent = ticker.spent.plus(SerialQueue.MAX_TIME.minusMillis(1));
            return YES;
        };
        String send = frame("message:send", "{\"receiverId\":9,\"content\":\"x\"}");
        client.say(fresh(send)).take("result");
        assertEquals(1, host.takeCalls().size());
        asked.reach = () -> {
            ticker.spent = ticker.spent.plus(SerialQueue.MAX_TIME);
            return YES;
        };
        assertCode("FORBIDDEN", null, client.say(fresh(send)).take("error"));
        assertEquals(List.of(), host.takeCalls());
    }

    @Test
    @Tag("R53")
    void admit_isAnsweredWithinThirtySeconds_alsoWhereTheExecutorIsBusy() {
        List<Runnable> waiting = new ArrayList<>();
        rebuild(builder -> builder.authorizer(asked).executor(waiting::add));
        int timers = time.pendingTimers();
        CompletableFuture<Admission> admission = fixture.hub
                .admit(Identity.of(UserKey.of(1)), Kinds.SEND_MESSAGE, json("{\"receiverId\":9,\"content\":\"x\"}"))
                .toCompletableFuture();
        time.advance(SerialQueue.MAX_TIME.minusMillis(1));
        assertFalse(admission.isDone());
        time.advance(Duration.ofMillis(1));
        assertEquals(new Admission.Refused(ErrorCode.FORBIDDEN, "This is not allowed", null), admission.join());
        waiting.forEach(Runnable::run);
        time.assertPendingTimers(timers);
        assertInstanceOf(Admission.Refused.class, admission.join());
    }

    @Test
    @Tag("R53")
    @Tag("R62")
    void typingThatWasRefused_isStillAChange() {
        List<Boolean> repeats = new ArrayList<>();
        host.answer = request -> {
            repeats.add(request.repeat());
            return CompletableFuture.completedFuture(Reply.DONE);
        };
        TestConnection client = fixture.event("1");
        String types = frame("message:typing", "{\"conversationWith\":9,\"isTyping\":true}");
        String stops = types.replace("true", "false");
        asked.reach = () -> NO;
        assertCode("FORBIDDEN", null, client.say(fresh(types)).take("error"));
        asked.reach = () -> YES;
        client.say(fresh(types)).take("result");
        client.say(fresh(types)).take("result");
        assertEquals(List.of(false, true), repeats);
        asked.reach = () -> NO;
        assertCode("FORBIDDEN", null, client.say(fresh(types)).take("error"));
        asked.reach = () -> YES;
        client.say(fresh(types)).take("result");
        asked.reach = () -> NO;
        assertCode("FORBIDDEN", null, client.say(fresh(stops)).take("error"));
        asked.reach = () -> YES;
        client.say(fresh(types)).take("result");
        client.say(fresh(stops)).take("result");
        client.say(fresh(stops)).take("result");
        assertEquals(List.of(false, true, true, true, false, true), repeats);
    }

    @Test
    @Tag("R53")
    void anAnswerInTime_leavesNoTimer() {
        int timers = time.pendingTimers();
        CompletableFuture<Boolean> soon = new CompletableFuture<>();
        asked.reach = () -> soon;
        CompletableFuture<Admission> admission = fixture.hub
                .admit(Identity.of(UserKey.of(1)), Kinds.SEND_MESSAGE, json("{\"receiverId\":9,\"content\":\"x\"}"))
                .toCompletableFuture();
        time.runUntilQuiet();
        time.assertPendingTimers(timers + 2);
        soon.complete(true);
        assertInstanceOf(Admission.Granted.class, admission.join());
        time.assertPendingTimers(timers);
    }

    @Test
    @Tag("R52")
    @Tag("R53")
    void whatFails_isCounted_andWhatIsRefused_isNotSanitised() {
        int[] failed = new int[1];
        List<String> sanitized = new ArrayList<>();
        rebuild(builder -> builder.authorizer(asked)
                .observer(new HubObserver() {
                    @Override
                    public void handlerFailed() {
                        failed[0]++;
                    }
                })
                .sanitizer((field, text) -> {
                    sanitized.add(text);
                    if (text.equals("bad")) {
                        throw new StackOverflowError(SECRET);
                    }
                    return text.toLowerCase(Locale.ROOT);
                }));
        asked.reach = () -> NO;
        assertInstanceOf(Admission.Refused.class, admit(Kinds.SEND_MESSAGE, "{\"receiverId\":9,\"content\":\"bad\"}"));
        assertEquals(List.of(), sanitized);
        assertEquals(0, failed[0]);
        asked.reach = Failing.THROWS::answer;
        admit(Kinds.SEND_MESSAGE, "{\"receiverId\":9,\"content\":\"x\"}");
        assertEquals(1, failed[0]);
        asked.reach = () -> YES;
        assertEquals(
                new Admission.Refused(ErrorCode.INTERNAL_ERROR, "Internal error", null),
                admit(Kinds.SEND_MESSAGE, "{\"receiverId\":9,\"content\":\"bad\"}"));
        assertEquals(2, failed[0]);
        ObjectNode body = json("{\"receiverId\":9,\"content\":\"LOUD\"}");
        CompletableFuture<Admission> admission = fixture.hub
                .admit(Identity.of(UserKey.of(1)), Kinds.SEND_MESSAGE, body)
                .toCompletableFuture();
        time.runUntilQuiet();
        assertEquals(new Admission.Granted(json("{\"receiverId\":9,\"content\":\"loud\"}")), admission.join());
        assertEquals("LOUD", body.path("content").asText(), "the caller's own is not changed");
    }

    @Test
    @Tag("R53")
    void aRequestThatNamesNobody_reachesNobody() {
        Kind shout = Kind.of("shout", Field.of("to", FieldType.ID).optional()).reaching("to");
        assertInstanceOf(Admission.Granted.class, admit(shout, "{}"));
        assertEquals(List.of("1 shout"), asked.takeQuestions());
        assertInstanceOf(Admission.Granted.class, admit(shout, "{\"to\":0}"));
        assertEquals(List.of("1 shout", "1 shout to /0"), asked.takeQuestions());
    }
}
