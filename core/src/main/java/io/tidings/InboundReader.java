package io.tidings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.dialect.Inbound;
import io.tidings.message.CloseReason;
import io.tidings.message.ErrorCode;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.Topic;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.spi.Permit;
import io.tidings.spi.TransportListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the client of one connection says: puts pieces together, has them decoded, answers what the library answers itself, and
 * hands the rest to the host's serial queue.
 *
 * <p>Everything is charged to the user's budgets first; what is over them is refused with one small error and costs no more.
 *
 * <p>Fields are touched by the transport's reading thread alone, which may change but is one at a time.
 */
final class InboundReader implements TransportListener {

    /** So many invalid frames in a row, and the connection closes. */
    static final int MAX_INVALID = 20;

    /** The most categories, and the most topics, of one connection. */
    static final int MAX_SUBSCRIPTIONS = 100;

    /** What changes the connection alone: done again on another connection of the same instance. */
    private static final Set<String> OF_CONNECTION = Set.of(
            Kinds.ACK.name(),
            Kinds.RESUME.name(),
            Kinds.AUTH.name(),
            Kinds.AUTH_REFRESH.name(),
            Kinds.SUBSCRIBE_CATEGORIES.name(),
            Kinds.UNSUBSCRIBE_CATEGORIES.name(),
            Kinds.SUBSCRIBE_TOPICS.name(),
            Kinds.UNSUBSCRIBE_TOPICS.name());

    /** What an answer weighs beside its text, about. */
    private static final int ANSWER_OVERHEAD = 256;

    private final HubConnection connection;
    private final Opening opening;

    private @Nullable StringBuilder parts;
    private int bytes;
    private int invalid;

    /** Also set by the thread that does the early frames. */
    private volatile boolean deaf;

    InboundReader(HubConnection connection, Opening opening) {
        this.connection = connection;
        this.opening = opening;
    }

    @Override
    public void text(CharSequence part, boolean last) {
        if (deaf) {
            return;
        }
        bytes += utf8Length(part);
        if (bytes > connection.endpoint().policy().maxInboundBytes()) {
            tooLarge();
            return;
        }
        if (!last) {
            if (parts == null) {
                parts = new StringBuilder();
            }
            parts.append(part);
            return;
        }
        String text = parts == null ? part.toString() : parts.append(part).toString();
        parts = null;
        bytes = 0;
        message(connection.endpoint().dialect().decode(text));
    }

    @Override
    public void binary() {
        if (!deaf) {
            deaf = true;
            connection.end(CloseReason.UNSUPPORTED, false);
        }
    }

    @Override
    public void tooLarge() {
        deaf = true;
        parts = null;
        connection.end(CloseReason.TOO_LARGE, false);
    }

    @Override
    public void pong() {
        connection.answered(HeartbeatPolicy.Probe.PROTOCOL);
    }

    @Override
    public void closed(int code, @Nullable String reason) {
        deaf = true;
        boolean known = code >= 1000 && code <= 4999;
        connection.closed(known ? new CloseReason(code, reason == null ? "" : reason) : CloseReason.LOST);
    }

    @Override
    public void failed(Throwable failure) {
        deaf = true;
        connection.lost(CloseReason.LOST);
    }

    private void message(Inbound inbound) {
        if (inbound instanceof Inbound.Invalid wrong) {
            invalid(wrong);
        } else if (inbound instanceof Inbound.Request request) {
            invalid = 0;
            connection.engine().observer().received(request.kind());
            if (!opening.isDone()) {
                opening.request(request, this);
            } else if (connection.isOpen()) {
                request(request);
            }
        }
    }

    private void invalid(Inbound.Invalid wrong) {
        if (opening.isWaitingForToken()) {
            deaf = true;
            connection.refuse();
            return;
        }
        // Before the connection is open it is nobody's, and twenty in a row or a few early frames are all that it may
        // say.
        Permit permit = opening.isDone() && connection.isOpen()
                ? rates().acquire(connection.user(), rates().limits().messages())
                : Permit.GRANTED;
        if (permit instanceof Permit.Refused refused) {
            refused(wrong.requestId(), refused);
        } else {
            connection.error(ErrorCode.INVALID_MESSAGE, wrong.message(), wrong.field(), wrong.requestId());
        }
        if (++invalid >= MAX_INVALID) {
            deaf = true;
            connection.end(CloseReason.TOO_MANY_INVALID, false);
        }
    }

    private Rates rates() {
        return connection.engine().rates();
    }

    /** Refuses something for coming too often; closes the connection when that happens again and again. */
    void refused(@Nullable String requestId, Permit.Refused refused) {
        connection.limited("Too many messages", requestId, refused.retryAfter());
        if (rates().refusal(connection.user()) instanceof Permit.Refused last) {
            closeFor(Math.max(refused.retryAfter().toMillis(), last.retryAfter().toMillis()));
        }
    }

    /** Closes with 4029. */
    void closeFor(long delayMillis) {
        deaf = true;
        connection.end(CloseReason.RATE_LIMIT.withReason("rate limit;delayMs=" + delayMillis), false);
    }

    /** Does what a client of an open connection asks for. */
    void request(Inbound.Request request) {
        String kind = request.kind();
        if (rates().acquire(connection.user(), rates().limits().of(kind)) instanceof Permit.Refused refused) {
            refused(request.requestId(), refused);
            return;
        }
        if (kind.equals(Kinds.PONG.name())) {
            connection.answered(HeartbeatPolicy.Probe.FRAME);
            return;
        }
        if (kind.equals(Kinds.PING.name())) {
            connection.control(connection.engine().own().pong());
            return;
        }
        connection.messageReceived();
        if (!isRepeat(request)) {
            take(request);
        }
    }

    private Answers.Scope scope(Inbound.Request request) {
        boolean ofConnection = OF_CONNECTION.contains(request.kind());
        return new Answers.Scope(
                connection.user(), ofConnection ? connection.id() : connection.instance(), ofConnection);
    }

    private Answers answers() {
        return connection.engine().answers();
    }

    /** Whether a request was made before, under its id; then it is answered again, as soon as there is an answer. */
    private boolean isRepeat(Inbound.Request request) {
        String id = request.requestId();
        if (id == null) {
            return false;
        }
        long now = connection.engine().ticker().nanos();
        Answers.Begun begun = answers().begin(scope(request), id, connection::control, now);
        if (begun instanceof Answers.Begun.Known known) {
            connection.control(known.answer());
        }
        return begun != Answers.Begun.NEW;
    }

    /** The request was not taken, and may be repeated. */
    private void forget(Inbound.Request request) {
        String id = request.requestId();
        if (id != null) {
            answers().forget(scope(request), id);
        }
    }

    private void take(Inbound.Request request) {
        String kind = request.kind();
        if (kind.equals(Kinds.ACK.name())) {
            acknowledge(request.body().path("messageId").asText());
            done(request, null);
        } else if (kind.equals(Kinds.RESUME.name())) {
            resume(request.body().path("lastMessageId").asText());
            done(request, null);
        } else if (kind.equals(Kinds.AUTH.name()) || kind.equals(Kinds.AUTH_REFRESH.name())) {
            renew(request);
        } else if (kind.equals(Kinds.SET_TYPING.name())) {
            typing(request);
        } else if (kind.equals(Kinds.SUBSCRIBE_CATEGORIES.name())) {
            subscribeCategories(request);
        } else if (kind.equals(Kinds.UNSUBSCRIBE_CATEGORIES.name())) {
            unsubscribeCategories(request);
        } else {
            call(request, false);
        }
    }

    private void renew(Inbound.Request request) {
        if (!opening.renew(request, reply -> reply(request, reply))) {
            forget(request);
            refused(request.requestId(), new Permit.Refused(Duration.ofSeconds(1)));
        }
    }

    /** Changes have a budget of their own, over which they are dropped with one warning; a repeat does not need it. */
    private void typing(Inbound.Request request) {
        UserEntry entry = connection.engine().registry().user(connection.user());
        if (entry == null) {
            forget(request);
            return;
        }
        String conversation = conversation(request);
        boolean types = types(request);
        long now = connection.engine().ticker().nanos();
        boolean change = entry.typing().isChange(conversation, types, now);
        Permit permit =
                change ? rates().acquire(connection.user(), rates().limits().typing()) : Permit.GRANTED;
        if (permit instanceof Permit.Refused refused) {
            forget(request);
            boolean warns = rates().warnsOfTyping(connection.user());
            if (warns || request.requestId() != null) {
                connection.limited("Too many changes of typing", request.requestId(), refused.retryAfter());
            }
            return;
        }
        if (call(request, !change)) {
            entry.typing().is(conversation, types, now);
        }
    }

    private static String conversation(Inbound.Request request) {
        return request.body().path("conversationWith").asText();
    }

    private static boolean types(Inbound.Request request) {
        return request.body().path("isTyping").asBoolean();
    }

    private void acknowledge(String messageId) {
        MessageId.positionIn(messageId).ifPresent(connection::acknowledge);
    }

    private void resume(String lastMessageId) {
        Optional<Position> position = MessageId.positionIn(lastMessageId);
        connection.resume(position.orElse(Position.START), position.isPresent() ? null : lastMessageId);
    }

    private void subscribeCategories(Inbound.Request request) {
        Set<String> known = connection.categories();
        Set<String> wanted = known == null ? new HashSet<>() : new HashSet<>(known);
        wanted.addAll(texts(request.body(), "categories"));
        if (wanted.size() > MAX_SUBSCRIPTIONS) {
            tooMany(request, "categories");
            return;
        }
        connection.categories(Set.copyOf(wanted));
        done(request, null);
    }

    private void unsubscribeCategories(Inbound.Request request) {
        Set<String> known = connection.categories();
        Set<String> wanted = known == null ? new HashSet<>() : new HashSet<>(known);
        wanted.removeAll(texts(request.body(), "categories"));
        connection.categories(Set.copyOf(wanted));
        done(request, null);
    }

    /** What the host decides, in its serial queue; false when too much waits there. */
    private boolean call(Inbound.Request request, boolean repeat) {
        SerialQueue.Offered offered = connection
                .calls()
                .offer(() -> answer(request, repeat), (reply, failure) -> answered(request, reply, failure));
        if (offered == SerialQueue.Offered.TAKEN) {
            connection.calls().start();
            return true;
        }
        forget(request);
        if (offered == SerialQueue.Offered.FULL) {
            refused(request.requestId(), new Permit.Refused(Duration.ofSeconds(1)));
        }
        return false;
    }

    private CompletionStage<Reply> answer(Inbound.Request request, boolean repeat) {
        return connection
                .engine()
                .admissions()
                .admit(connection.identity(), connection.inboundKind(request.kind()), request.body())
                .thenCompose(admission -> admission instanceof Admission.Granted granted
                        ? admitted(new Request(request.kind(), granted.body(), request.requestId(), repeat))
                        : CompletableFuture.completedFuture(refusal(request, repeat, (Admission.Refused) admission)));
    }

    private CompletionStage<Reply> admitted(Request request) {
        if (request.kind().equals(Kinds.SUBSCRIBE_TOPICS.name())) {
            return join(topics(texts(request.body(), "topics")));
        }
        if (request.kind().equals(Kinds.UNSUBSCRIBE_TOPICS.name())) {
            return unsubscribeTopics(texts(request.body(), "topics"));
        }
        return connection.engine().listener().request(connection, request);
    }

    private Reply refusal(Inbound.Request request, boolean repeat, Admission.Refused refused) {
        UserEntry entry = connection.engine().registry().user(connection.user());
        if (!repeat && entry != null && request.kind().equals(Kinds.SET_TYPING.name())) {
            // The host was not told, so that it is a change to say it again.
            long now = connection.engine().ticker().nanos();
            entry.typing().is(conversation(request), !types(request), now);
        }
        return new Reply.Refused(refused.code(), refused.message(), refused.field());
    }

    private CompletionStage<Reply> join(List<Topic> topics) {
        CompletableFuture<Reply> joined = new CompletableFuture<>();
        boolean posted = connection.lane().execute(() -> {
            Set<Topic> after = new HashSet<>(connection.topicMemberships().keySet());
            after.addAll(topics);
            if (after.size() > MAX_SUBSCRIPTIONS) {
                joined.complete(tooMany("topics"));
                return;
            }
            if (connection.isOpen()) {
                topics.forEach(topic -> connection.engine().join(connection, topic));
            }
            joined.complete(Reply.DONE);
        });
        if (!posted) {
            joined.complete(Reply.DONE);
        }
        return joined;
    }

    private CompletionStage<Reply> unsubscribeTopics(List<String> names) {
        CompletableFuture<Reply> left = new CompletableFuture<>();
        boolean posted = connection.lane().execute(() -> {
            topics(names).forEach(topic -> connection.engine().leave(connection, topic));
            left.complete(Reply.DONE);
        });
        if (!posted) {
            left.complete(Reply.DONE);
        }
        return left;
    }

    private List<Topic> topics(List<String> names) {
        String tenant = connection.user().tenant();
        return names.stream().distinct().map(name -> new Topic(tenant, name)).toList();
    }

    /** Tells whoever asked last, and those who will ask again. */
    private void reply(Inbound.Request request, Reply reply) {
        String id = request.requestId();
        OwnMessages own = connection.engine().own();
        if (reply instanceof Reply.Refused refused) {
            Message error = own.error(refused.code(), refused.message(), refused.field(), id, null);
            // Nothing was done, so that a repeat does nothing twice, and may go better.
            tell(request, error, 0, false);
        } else if (reply instanceof Reply.Done done && id != null) {
            JsonNode data = done.data();
            tell(
                    request,
                    own.result(id, data),
                    data == null ? 0 : data.toString().length(),
                    true);
        }
    }

    private void tell(Inbound.Request request, Message answer, int length, boolean kept) {
        String id = request.requestId();
        Consumer<Message> to = connection::control;
        if (id != null) {
            to = answers().answered(scope(request), id, to, answer, ANSWER_OVERHEAD + length, kept);
        }
        to.accept(answer);
    }

    /** Tells the client what came of its request, whatever that is. */
    private void answered(Inbound.Request request, @Nullable Reply reply, @Nullable Throwable failure) {
        boolean told = false;
        try {
            if (failure == null) {
                reply(request, Objects.requireNonNull(reply, "the listener answered nothing"));
                told = true;
            }
        } finally {
            if (!told) {
                reply(request, new Reply.Refused(ErrorCode.INTERNAL_ERROR, "Internal error", null));
            }
        }
    }

    private void done(Inbound.Request request, @Nullable JsonNode data) {
        reply(request, new Reply.Done(data));
    }

    private void tooMany(Inbound.Request request, String field) {
        reply(request, tooMany(field));
    }

    private static Reply tooMany(String field) {
        return new Reply.Refused(
                ErrorCode.INVALID_MESSAGE, "A connection has at most " + MAX_SUBSCRIPTIONS + ' ' + field, field);
    }

    private static List<String> texts(ObjectNode body, String field) {
        List<String> texts = new ArrayList<>();
        body.path(field).forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /** Bytes of UTF-8; half of a pair counts two, so that a pair split over two parts counts four in all. */
    private static int utf8Length(CharSequence text) {
        int length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                length += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return length;
    }
}
