package io.tidings.transport.jakarta;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidings.testkit.RawWebSocketClient;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;

/** The kinds of frames that no client should send, and what the documents say becomes of each. */
enum BadFrame {
    EMPTY(null, (client, words, random) -> client.sendText(" ".repeat(random.nextInt(4)))),
    CUT_JSON(null, (client, words, random) -> {
        String whole = words.good("x");
        client.sendText(whole.substring(0, 1 + random.nextInt(whole.length() - 1)));
    }),
    SOMETHING_AFTER(
            null, (client, words, random) -> client.sendText(words.good("x") + pick(random, "{}", "]", "x", ",", "1"))),
    NO_OBJECT(null, (client, words, random) -> client.sendText(pick(random, "[]", "1", "\"ping\"", "null", "true"))),
    NO_JSON(
            null,
            (client, words, random) -> client.sendText(pick(
                    random,
                    "GET / HTTP/1.1\r\n\r\n",
                    "<x/>",
                    "{'type':'pong'}",
                    "{type:1}",
                    "\ufeff{}",
                    "{/**/}",
                    "{,}"))),
    NO_NUMBER(
            null,
            (client, words, random) -> client.sendText(words.frame("{\"a\":%s}"
                    .formatted(pick(
                            random, "NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "0x10", "1e", "--1"))))),
    CONTROL_CHARACTERS(
            null, (client, words, random) -> client.sendText(words.good(Character.toString(random.nextInt(0x20))))),
    BAD_ESCAPE(
            null,
            (client, words, random) ->
                    client.sendText(words.good(pick(random, "\\x41", "\\u12", "\\u12G4", "\\'", "\\")))),
    NESTED_33_DEEP(null, (client, words, random) -> client.sendText(words.frame(nested(random, 32)))),
    NESTED_DEEP(
            null,
            (client, words, random) ->
                    client.sendText(nested(random, words.envelope() ? 680 : 5_400 - random.nextInt(9)))),
    NESTED_OPEN(
            null,
            (client, words, random) ->
                    client.sendText("[".repeat(words.envelope() ? 4_000 : 32_000 - random.nextInt(9)))),
    NUMBER_TOO_LONG(
            null,
            (client, words, random) ->
                    client.sendText(words.frame("{\"a\":" + "9".repeat(101 + random.nextInt(1_000)) + "}"))),
    NUMBER_TOO_LARGE(
            "BODY.a",
            (client, words, random) -> client.sendText(words.frame("{\"a\":1e9" + (100 + random.nextInt(800)) + "}"))),
    DOUBLE_NAME(
            "type",
            (client, words, random) -> client.sendText("{\"type\":\"a\",\"type\":\"" + random.nextInt() + "\"}")),
    DOUBLE_NAME_INSIDE(
            "BODY.a",
            (client, words, random) ->
                    client.sendText(words.frame("{\"a\":1,\"b\":2,\"a\":" + random.nextInt() + "}"))),
    LONE_SURROGATE(
            "BODY.receiverId",
            (client, words, random) -> client.sendText(words.frame("{\"receiverId\":\"%s\\u%04x\",\"content\":\"x\"}"
                    .formatted(pick(random, "", "a", "\\n"), 0xd800 + random.nextInt(0x800))))),
    NO_TYPE(
            "type",
            (client, words, random) -> client.sendText("{\"" + words.body() + "\":{\"a\":" + random.nextInt() + "}}")),
    UNKNOWN_TYPE(
            "type",
            (client, words, random) -> client.sendText("{\"type\":\"%s\"}"
                    .formatted(pick(
                            random, "", "nobody", "MESSAGE:SEND", "message:new", "message:send ", "Q".repeat(900))))),
    TYPE_OF_WRONG_TYPE(
            "type",
            (client, words, random) ->
                    client.sendText("{\"type\":%s}".formatted(pick(random, "1", "null", "{}", "[\"pong\"]", "true")))),
    NO_BODY("BODY", (client, words, random) -> client.sendText(words.frame("null"))),
    BODY_OF_WRONG_TYPE(
            "BODY",
            (client, words, random) -> client.sendText(words.frame(pick(random, "1", "[]", "\"x\"", "true", "1.5")))),
    MISSING_FIELD(
            "BODY.content",
            (client, words, random) -> client.sendText(words.frame("{\"receiverId\":" + random.nextInt(99) + "}"))),
    FIELD_OF_WRONG_TYPE(
            "BODY.content",
            (client, words, random) -> client.sendText(words.frame("{\"receiverId\":1,\"content\":%s}"
                    .formatted(pick(random, "1", "null", "{}", "[\"x\"]", "true"))))),
    BAD_ID(
            "BODY.receiverId",
            (client, words, random) -> client.sendText(words.frame("{\"receiverId\":%s,\"content\":\"x\"}"
                    .formatted(pick(random, "-1", "1.5", "9007199254740992", "\"\"", "{}", "\"a\\u0000\"", "true"))))),
    ID_TOO_LONG(
            "BODY.receiverId",
            (client, words, random) -> client.sendText(words.frame(
                    "{\"receiverId\":\"%s\",\"content\":\"x\"}".formatted("a".repeat(129 + random.nextInt(500)))))),
    BINARY(1003, (client, words, random) -> client.sendBinary(bytes(random, random.nextInt(200)))),
    RESERVED_BITS(
            1002, (client, words, random) -> client.sendFrame(1, true, 1 + random.nextInt(7), true, words.bytes())),
    RESERVED_OPCODE(
            1002,
            (client, words, random) ->
                    client.sendFrame((random.nextBoolean() ? 3 : 11) + random.nextInt(5), true, 0, true, new byte[0])),
    UNMASKED(1002, (client, words, random) -> client.sendFrame(1, true, 0, false, words.bytes())),
    STRAY_CONTINUATION(
            1002, (client, words, random) -> client.sendFrame(0, random.nextBoolean(), 0, true, words.bytes())),
    TEXT_INSIDE_TEXT(1002, (client, words, random) -> {
        client.sendFrame(1, false, 0, true, words.bytes());
        client.sendFrame(1, random.nextBoolean(), 0, true, words.bytes());
    }),
    CONTROL_IN_FRAGMENTS(
            1002, (client, words, random) -> client.sendFrame(8 + random.nextInt(3), false, 0, true, new byte[2])),
    CONTROL_TOO_LONG(
            1002,
            (client, words, random) ->
                    client.sendFrame(8 + random.nextInt(3), true, 0, true, new byte[126 + random.nextInt(99)])),
    CLOSE_OF_ONE_BYTE(1002, (client, words, random) -> client.sendFrame(8, true, 0, true, bytes(random, 1))),
    CLOSE_WITH_BAD_CODE(
            1,
            (client, words, random) -> client.sendClose(pick(random, 0, 999, 1004, 1005, 1006, 1015, 2999, 5000), "")),
    NO_UTF_8(1007, (client, words, random) -> client.sendFrame(1, true, 0, true, noUtf8(random))),
    NO_UTF_8_IN_FRAGMENTS(1007, (client, words, random) -> {
        byte[] bytes = noUtf8(random);
        int cut = 1 + random.nextInt(bytes.length - 1);
        client.sendFrame(1, false, 0, true, Arrays.copyOf(bytes, cut));
        client.sendFrame(0, true, 0, true, Arrays.copyOfRange(bytes, cut, bytes.length));
    }),
    TOO_LARGE(
            1009,
            (client, words, random) -> client.sendText(words.good("x".repeat(words.max() + random.nextInt(999))))),
    TOO_LARGE_IN_FRAGMENTS(1009, (client, words, random) -> {
        String text = words.good("x".repeat(words.max() + random.nextInt(999)));
        client.sendFragments(text, 500 + random.nextInt(1_500));
    }),
    TEN_MEGABYTES(1009, (client, words, random) -> client.sendText("x".repeat(10 << 20))),
    TEN_MEGABYTES_PROMISED(1009, (client, words, random) -> {
        client.sendFrameStart(1, true, true, 10 << 20);
        client.sendRaw(new byte[2 * words.max()]);
    }),
    SIXTEEN_EXABYTES(0, (client, words, random) -> {
        client.sendFrameStart(1, true, true, -1 - random.nextInt(9));
        client.sendRaw(new byte[2 * words.max()]);
    });

    /** What a dialect calls things. */
    record Words(boolean envelope) {

        String path() {
            return envelope ? "/notification/ws" : "/api/v1/ws";
        }

        String body() {
            return envelope ? "payload" : "data";
        }

        int max() {
            return envelope ? 4_096 : 32_768;
        }

        /** A frame that wants a receiver and a text. */
        String frame(String body) {
            return "{\"type\":\"%s\",\"%s\":%s}"
                    .formatted(envelope ? "SEND_MESSAGE" : "message:send", envelope ? "payload" : "data", body);
        }

        String good(String content) {
            return frame("{\"receiverId\":1,\"content\":\"" + content + "\"}");
        }

        byte[] bytes() {
            return good("x").getBytes(UTF_8);
        }

        /** What the library answers by itself. */
        String request(String id) {
            return envelope
                    ? "{\"type\":\"SUBSCRIBE\",\"payload\":{\"categories\":[\"a\"]},\"messageId\":\"" + id + "\"}"
                    : "{\"type\":\"category:subscribe\",\"data\":{\"categories\":[\"a\"]},\"id\":\"" + id + "\"}";
        }
    }

    /** Sends one. */
    interface Sending {
        void send(RawWebSocketClient client, Words words, Random random);
    }

    private final String field;
    private final int code;
    private final Sending sending;

    /** Answered with {@code INVALID_MESSAGE}; the field that it names, with {@code BODY} for what holds fields, or null. */
    BadFrame(String field, Sending sending) {
        this.field = field;
        this.code = -1;
        this.sending = sending;
    }

    /** Closes the connection with this code; 0 for any of 1002 and 1009, 1 for any of 1000 and 1002. */
    BadFrame(int code, Sending sending) {
        this.field = null;
        this.code = code;
        this.sending = sending;
    }

    boolean closes() {
        return code >= 0;
    }

    /** Whether a connection that sent one may close with a code. */
    boolean mayCloseWith(int actual) {
        return switch (code) {
            case 0 -> actual == 1002 || actual == 1009;
            case 1 -> actual == 1000 || actual == 1002;
            default -> actual == code;
        };
    }

    /** The field that the error names, or null. */
    String field(Words words) {
        return field == null ? null : field.replace("BODY", words.body());
    }

    void send(RawWebSocketClient client, Words words, Random random) {
        sending.send(client, words, random);
    }

    /** As many levels as asked for, objects and arrays mixed. */
    private static String nested(Random random, int levels) {
        StringBuilder open = new StringBuilder();
        StringBuilder close = new StringBuilder();
        for (int i = 0; i < levels; i++) {
            boolean object = random.nextBoolean();
            open.append(object ? "{\"a\":" : "[");
            close.append(object ? '}' : ']');
        }
        return open.append('1').append(close.reverse()).toString();
    }

    /** Text with something in its middle that UTF-8 does not have. */
    private static byte[] noUtf8(Random random) {
        int[][] wrong = {
            {0x80},
            {0xbf, 0x80},
            {0xc0, 0xaf},
            {0xc1, 0x81},
            {0xe0, 0x80, 0xaf},
            {0xed, 0xa0, 0x80},
            {0xed, 0xb0, 0x80},
            {0xf0, 0x80, 0x80, 0xaf},
            {0xf4, 0x90, 0x80, 0x80},
            {0xf5, 0x80, 0x80, 0x80},
            {0xfe},
            {0xff},
            {0xe2, 0x82},
            {0xf0, 0x9f}
        };
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes("{\"type\":\"".getBytes(UTF_8));
        for (int b : wrong[random.nextInt(wrong.length)]) {
            bytes.write(b);
        }
        if (random.nextBoolean()) {
            bytes.writeBytes("\"}".getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    @SafeVarargs
    private static <T> T pick(Random random, T... values) {
        return values[random.nextInt(values.length)];
    }
}
