package io.tidings.dialect;

import io.tidings.message.Kind;
import io.tidings.message.Kinds;
import io.tidings.message.Message;
import io.tidings.policy.ConnectionPolicy;
import java.util.List;
import java.util.Optional;

/**
 * A vocabulary and an envelope for messages on the wire.
 *
 * <p>{@link EventDialect} and {@link EnvelopeDialect} are tables from canonical kinds to words and shapes; both can be
 * extended with a host's own kinds, and a third dialect needs this interface alone. {@code DialectContract} proves one.
 *
 * <p><b>Threads.</b> All methods MAY be called concurrently, MUST NOT block, and MUST answer the same for the same
 * argument.
 */
public interface Dialect {

    /** A short name for logs and metrics, such as {@code event}; the same for the life of the dialect. */
    String name();

    /** The heartbeat, idle time and inbound limit of its connections where the host sets none. */
    ConnectionPolicy policy();

    /**
     * Encodes a message once, for all its recipients.
     *
     * <p>The library's own kinds ({@code connected}, {@code error}, {@code ping} and so on) come this way too, with the bodies
     * that {@link io.tidings.message.Kinds} states. Fields of the body that the dialect has no word for are left out.
     *
     * @return the frame without its id, or empty where the dialect has no word for the kind: its clients then never see
     *     such messages
     */
    Optional<FrameTemplate> encode(Message message);

    /**
     * Reads one inbound text message of at most {@link ConnectionPolicy#maxInboundBytes()} bytes. MUST NOT throw, whatever the
     * text is, and MUST bound nesting at 32 while parsing.
     *
     * @return what the client asks for, with a canonical body, or what is wrong with it
     */
    Inbound decode(String text);

    /**
     * The kinds that {@link #decode} can answer with. The hub knows from them whom a request reaches and what is text of people; a
     * request of a kind that is not among them is refused. Default: those of the protocol, for dialects without kinds of a host's.
     */
    default List<Kind> inbound() {
        return Kinds.inbound();
    }

    /**
     * Reads one of this dialect's own server-to-client frames, as foreign publishers write them.
     *
     * @return the message, or what is wrong with the text
     */
    Outbound read(String text);
}
