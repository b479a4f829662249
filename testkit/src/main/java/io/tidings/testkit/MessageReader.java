package io.tidings.testkit;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Turns a server's byte stream into {@link Received}, and holds the server to RFC 6455: no mask, no reserved bits, known
 * opcodes, shortest length form, whole control frames of at most 125 bytes, valid UTF-8, sendable close codes.
 *
 * <p>One thread.
 */
final class MessageReader {
    static final int MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

    private static final class BrokenRule extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenRule(String what) {
            super(what);
        }
    }

    private record Header(int opcode, boolean fin, int length) {}

    private final DataInputStream in;
    private final ByteArrayOutputStream fragments = new ByteArrayOutputStream();

    /** The opcode of the fragmented message under way, or {@link Opcode#CONTINUATION}. Reader only. */
    private int fragmented = Opcode.CONTINUATION;

    MessageReader(InputStream in) {
        this.in = new DataInputStream(in);
    }

    /** Blocks for the next message, control frame or end. Not to be called after an end. */
    Received next() {
        try {
            while (true) {
                int first = in.read();
                if (first < 0) {
                    return new Received.Eof(fragmented != Opcode.CONTINUATION);
                }
                Header header = readHeader(first);
                byte[] payload = new byte[header.length()];
                in.readFully(payload);
                if (Opcode.isControl(header.opcode())) {
                    return control(header.opcode(), payload);
                }
                fragments.writeBytes(payload);
                if (header.fin()) {
                    return message();
                }
            }
        } catch (BrokenRule e) {
            return new Received.Violation(String.valueOf(e.getMessage()));
        } catch (EOFException insideFrame) {
            return new Received.Eof(true);
        } catch (IOException resetOrClosedHere) {
            return new Received.Eof(true);
        }
    }

    private Header readHeader(int first) throws IOException, BrokenRule {
        int opcode = first & 0x0F;
        boolean fin = (first & 0x80) != 0;
        check((first & 0x70) == 0, "reserved bits are set");
        check(Opcode.isKnown(opcode), "unknown opcode " + opcode);
        int second = in.readUnsignedByte();
        check((second & 0x80) == 0, "a server's frame is masked");
        long length = readLength(second & 0x7F);
        if (Opcode.isControl(opcode)) {
            check(fin, "a control frame is fragmented");
            check(length <= 125, "a control frame has " + length + " bytes");
        } else {
            boolean continues = opcode == Opcode.CONTINUATION;
            check(continues == (fragmented != Opcode.CONTINUATION), "opcode " + opcode + " out of turn");
            fragmented = continues ? fragmented : opcode;
            check(length <= MAX_MESSAGE_BYTES - fragments.size(), "a message is over " + MAX_MESSAGE_BYTES + " bytes");
        }
        return new Header(opcode, fin, (int) length);
    }

    private long readLength(int seven) throws IOException, BrokenRule {
        if (seven == 126) {
            int length = in.readUnsignedShort();
            check(length > 125, "length " + length + " is not in its shortest form");
            return length;
        }
        if (seven == 127) {
            long length = in.readLong();
            check(length >= 0, "the top bit of a length is set");
            check(length > 65_535, "length " + length + " is not in its shortest form");
            return length;
        }
        return seven;
    }

    private Received message() throws BrokenRule {
        byte[] bytes = fragments.toByteArray();
        boolean text = fragmented == Opcode.TEXT;
        fragments.reset();
        fragmented = Opcode.CONTINUATION;
        return text ? new Received.Text(utf8(ByteBuffer.wrap(bytes))) : new Received.Binary(ByteBuffer.wrap(bytes));
    }

    private static Received control(int opcode, byte[] payload) throws BrokenRule {
        ByteBuffer bytes = ByteBuffer.wrap(payload);
        if (opcode == Opcode.PING) {
            return new Received.Ping(bytes);
        }
        if (opcode == Opcode.PONG) {
            return new Received.Pong(bytes);
        }
        if (payload.length == 0) {
            return new Received.Close(Received.Close.NO_CODE, "");
        }
        check(payload.length > 1, "a close frame has one byte");
        int code = bytes.getShort() & 0xFFFF;
        check(isSendable(code), "close code " + code + " may not be sent");
        return new Received.Close(code, utf8(bytes));
    }

    /** RFC 6455, section 7.4, and the codes registered since. */
    private static boolean isSendable(int code) {
        return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
    }

    private static String utf8(ByteBuffer bytes) throws BrokenRule {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new BrokenRule("text is not UTF-8");
        }
    }

    private static void check(boolean holds, String otherwise) throws BrokenRule {
        if (!holds) {
            throw new BrokenRule(otherwise);
        }
    }
}
