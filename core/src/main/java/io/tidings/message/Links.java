package io.tidings.message;

import java.util.regex.Pattern;

/**
 * Which links may be shown to a user: those that are relative, http or https.
 *
 * <p>A page that puts one into {@code href} must neither run it nor, where it looks like a path of the page's own site, leave the
 * site. So what browsers overlook or mend is not let in: white space and control characters, backslashes, and hosts without a
 * scheme ({@code //host}).
 */
final class Links {

    /** RFC 3986 section 4.2: a relative reference has no colon before its first slash, question mark or hash. */
    private static final Pattern SCHEME = Pattern.compile("^[^/?#]*:");

    private static final Pattern WEB = Pattern.compile("^(?i:https?)://[^/?#]");

    private Links() {}

    static boolean isAllowed(String link) {
        if (link.codePoints().anyMatch(Links::isOverlooked) || link.startsWith("//")) {
            return false;
        }
        return SCHEME.matcher(link).find() ? WEB.matcher(link).find() : true;
    }

    private static boolean isOverlooked(int c) {
        return c == '\\' || Character.isISOControl(c) || Character.isWhitespace(c) || Character.isSpaceChar(c);
    }
}
