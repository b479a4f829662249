package io.tidings.spi;

/**
 * Makes text that clients wrote harmless for pages that show it to others. {@code OwaspSanitizer} of the module
 * {@code tidings-sanitizer-owasp} is the one to use; {@code SanitizerContract} proves one.
 *
 * <p>Text goes in and text comes out, not HTML: what is no markup stays as it is ({@code a < b}, {@code Tom & Jerry}), nothing is
 * escaped, and markup is gone. A page still inserts it as text; one that forgets to runs nothing. What comes out MUST hold
 * nothing that a browser would read as a tag, MUST stay the same when it goes in again, and MUST be at most twice as long.
 *
 * <p>The hub applies it to the fields of type {@link io.tidings.message.FieldType#PROSE} of what clients ask for, after their
 * length was checked. What the host itself sends with {@code Hub.send} and {@code Hub.publish} is not touched.
 *
 * <p><b>Threads.</b> MAY be called concurrently, on the hub's executor; MUST NOT block, and takes time linear in the text.
 * <p><b>Failure.</b> A request whose text it throws at, or answers null to, is refused with {@code INTERNAL_ERROR}; the
 * listener does not hear of it.
 */
@FunctionalInterface
public interface Sanitizer {

    /** Leaves text as it is: for hosts whose pages show none of it, or who sanitise it themselves. */
    Sanitizer NONE = (field, text) -> text;

    /**
     * Makes a text harmless.
     *
     * @param field the field's canonical name, such as {@code content}
     * @param text  what the client wrote; valid Unicode, possibly empty
     */
    String sanitize(String field, String text);
}
