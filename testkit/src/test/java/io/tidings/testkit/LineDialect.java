package io.tidings.testkit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.dialect.Dialect;
import io.tidings.dialect.FrameTemplate;
import io.tidings.dialect.Inbound;
import io.tidings.dialect.Outbound;
import io.tidings.message.Ids;
import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.Reading;
import io.tidings.message.TimeFormat;
import io.tidings.policy.ConnectionPolicy;
import io.tidings.policy.Heartbeat;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A third dialect, written against the public interface alone: lines of {@code kind {canonical body} id}; clients write
 * {@code kind {canonical body}} and, if they want an answer, an id behind it.
 */
public final class LineDialect implements Dialect {

    private static final Map<String, Kind> OUT = byName(
            Kinds.CONNECTED, Kinds.ERROR, Kinds.RESULT, Kinds.DELIVERY_GAP, Kinds.DELIVERY_LIVE, Kinds.MESSAGE_NEW);
    private static final Map<String, Kind> IN = byName(Kinds.SEND_MESSAGE, Kinds.ACK, Kinds.PONG);

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(32).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static Map<String, Kind> byName(Kind... kinds) {
        return Stream.of(kinds).collect(Collectors.toUnmodifiableMap(Kind::name, Function.identity()));
    }

    @Override
    public String name() {
        return "line";
    }

    @Override
    public ConnectionPolicy policy() {
        return new ConnectionPolicy(Heartbeat.protocol(), Duration.ZERO, 1_024);
    }

    @Override
    public Optional<FrameTemplate> encode(Message message) {
        if (!OUT.containsKey(message.kind())) {
            return Optional.empty();
        }
        // getBytes writes a question mark for what UTF-8 cannot.
        byte[] line = (message.kind() + ' ' + message.body() + ' ' + "-".repeat(MessageId.LENGTH))
                .getBytes(StandardCharsets.UTF_8);
        return Optional.of(FrameTemplate.withId(line, line.length - MessageId.LENGTH));
    }

    @Override
    public Inbound decode(String text) {
        String[] parts = split(text);
        Kind kind = IN.get(parts[0]);
        if (kind == null) {
            return new Inbound.Invalid("kind", "kind is not known", null);
        }
        String id = parts[2].isEmpty() ? null : parts[2];
        if (id != null && Ids.problem(id) != null) {
            return new Inbound.Invalid("id", "id " + Ids.problem(id), null);
        }
        Reading reading = body(kind, parts[1]);
        return reading instanceof Reading.Problem problem
                ? new Inbound.Invalid(problem.field(), problem.sentence(), id)
                : new Inbound.Request(kind.name(), (ObjectNode) ((Reading.Value) reading).value(), id);
    }

    @Override
    public Outbound read(String text) {
        String[] parts = split(text);
        Kind kind = OUT.get(parts[0]);
        if (kind == null) {
            return new Outbound.Unreadable("kind", "kind is not known");
        }
        Reading reading = body(kind, parts[1]);
        if (reading instanceof Reading.Problem problem) {
            return new Outbound.Unreadable(problem.field(), problem.sentence());
        }
        ObjectNode body = (ObjectNode) ((Reading.Value) reading).value();
        return new Outbound.Read(
                new Message(kind.name(), body, 0, null, kind.keyOf(body)), parts[2].isEmpty() ? null : parts[2]);
    }

    /** Kind, body and id; empty text for what is not there. */
    private static String[] split(String text) {
        int open = text.indexOf(' ');
        int close = text.lastIndexOf("} ");
        if (open < 0) {
            return new String[] {text, "", ""};
        }
        return close < open
                ? new String[] {text.substring(0, open), text.substring(open + 1), ""}
                : new String[] {text.substring(0, open), text.substring(open + 1, close + 1), text.substring(close + 2)
                };
    }

    private static Reading body(Kind kind, String text) {
        JsonNode json = parsed(text);
        return json == null
                ? new Reading.Problem("body", "must be JSON")
                : kind.read("body", json, TimeFormat.EPOCH_MILLIS);
    }

    private static @Nullable JsonNode parsed(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException malformed) {
            return null;
        }
    }
}
