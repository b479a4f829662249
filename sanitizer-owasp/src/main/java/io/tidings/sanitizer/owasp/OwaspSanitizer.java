package io.tidings.sanitizer.owasp;

import io.tidings.spi.Sanitizer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.owasp.html.HtmlSanitizer;

/**
 * Takes markup out and leaves text as text, whatever the field. A hub that is given no other uses it when this module is on the
 * class path.
 *
 * <ul>
 *   <li>{@code a < b}, {@code I <3 you}, {@code Tom & Jerry} and {@code &lt;b&gt;} stay as they are: nothing is escaped, nor the
 *       reverse.
 *   <li>Tags, comments and the like go, and so does what scripts, styles and frames hold. Where a tag ends a line or a paragraph,
 *       a line end stays.
 *   <li>What would begin a tag afterwards all the same gets a space: {@code a<b} becomes {@code a< b}. So nothing that comes out
 *       is a tag to a browser, and going in again it stays as it is.
 *   <li>Control characters go, but for tabs and line ends.
 * </ul>
 *
 * <p><b>Threads.</b> May be used by any number of threads at once.
 */
public final class OwaspSanitizer implements Sanitizer {

    /** How every tag, comment and declaration begins (HTML, section 13.2.5.6, the tag open state). */
    private static final Pattern OPENING = Pattern.compile("<(?=[A-Za-z/!?])");

    private static final Pattern CONTROLS = Pattern.compile("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F]");

    /** One that takes markup out. */
    public OwaspSanitizer() {}

    @Override
    public String sanitize(String field, String text) {
        String printable = CONTROLS.matcher(text).replaceAll("");
        if (!OPENING.matcher(printable).find()) {
            return printable;
        }
        // Behind the last > nothing is a whole tag: somebody compares.
        int end = printable.lastIndexOf('>') + 1;
        String markup = printable.substring(0, end) + harmless(printable.substring(end));
        TextOnly texts = new TextOnly();
        // The library reads character references, which in text are what they look like.
        HtmlSanitizer.sanitize(markup.replace("&", "&amp;"), texts);
        return harmless(texts.text());
    }

    /** No tag begins: taking markup out may have brought the halves of one together. */
    private static String harmless(String text) {
        Matcher opening = OPENING.matcher(text);
        return opening.find() ? opening.replaceAll("< ") : text;
    }
}
