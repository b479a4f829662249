package io.tidings.dialect;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tidings.message.Field;
import io.tidings.message.Message;
import io.tidings.message.MessageId;
import io.tidings.message.TimeFormat;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes messages as frames, straight to UTF-8. Safe for use by several threads. */
final class FrameWriter {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
            .build();

    private static final int USUAL_BYTES = 512;

    /** Stands where the id goes. */
    private static final String HOLE = "0".repeat(MessageId.LENGTH);

    /** What follows the id: it is the frame's last member. */
    private static final int TAIL = "\"}".length();

    private final FrameStyle style;

    FrameWriter(FrameStyle style) {
        this.style = style;
    }

    /**
     * The frame of a message.
     *
     * @throws IllegalArgumentException when the body nests deeper than JSON is written
     */
    FrameTemplate write(Shape shape, Message message) {
        try (ByteArrayBuilder bytes = new ByteArrayBuilder(USUAL_BYTES)) {
            try (JsonGenerator out = MAPPER.createGenerator(bytes)) {
                write(shape, message, out);
            }
            byte[] frame = bytes.toByteArray();
            return shape.showsId()
                    ? FrameTemplate.withId(frame, frame.length - TAIL - HOLE.length())
                    : FrameTemplate.withoutId(frame);
        } catch (IOException unwritable) {
            throw new IllegalArgumentException("a message of kind " + message.kind() + " nests too deep", unwritable);
        }
    }

    private void write(Shape shape, Message message, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField(FrameStyle.TYPE, shape.word());
        if (shape.place() == null) {
            writeFields(shape, message, out);
        } else {
            out.writeObjectFieldStart(shape.place());
            writeFields(shape, message, out);
            out.writeEndObject();
        }
        if (style.stamp() != null) {
            out.writeFieldName(style.stamp());
            writeTree(style.times().toJson(message.at()), out);
        }
        if (shape.showsId()) {
            out.writeStringField(style.id(), HOLE);
        }
        out.writeEndObject();
    }

    private void writeFields(Shape shape, Message message, JsonGenerator out) throws IOException {
        for (WireField row : shape.fields()) {
            if (row.wire() != null) {
                write(row.wire(), row.field(), row.toWrite(message.at(), message.body()), out);
            }
        }
    }

    private void write(String name, Field field, @Nullable JsonNode value, JsonGenerator out) throws IOException {
        if (value == null || value.isNull()) {
            return;
        }
        out.writeFieldName(name);
        switch (field.type()) {
            case TIME -> writeTree(inStyle(value), out);
            case OBJECT -> {
                out.writeStartObject();
                for (Field child : field.children()) {
                    write(child.name(), child, value.get(child.name()), out);
                }
                out.writeEndObject();
            }
            default -> writeTree(value, out);
        }
    }

    private JsonNode inStyle(JsonNode time) {
        return style.times() != TimeFormat.EPOCH_MILLIS && time.isIntegralNumber()
                ? style.times().toJson(time.longValue())
                : time;
    }

    /** Writes a value as it is, but for lone surrogates, which a host's text may hold and UTF-8 may not. */
    private static void writeTree(JsonNode value, JsonGenerator out) throws IOException {
        switch (value.getNodeType()) {
            case OBJECT -> {
                out.writeStartObject();
                for (Map.Entry<String, JsonNode> member : value.properties()) {
                    out.writeFieldName(Surrogates.replaceLone(member.getKey()));
                    writeTree(member.getValue(), out);
                }
                out.writeEndObject();
            }
            case ARRAY -> {
                out.writeStartArray();
                for (JsonNode element : value) {
                    writeTree(element, out);
                }
                out.writeEndArray();
            }
            case STRING -> out.writeString(Surrogates.replaceLone(value.textValue()));
            default -> out.writeTree(value);
        }
    }
}
