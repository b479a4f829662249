package io.tidings.examples.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;

/** Which links may be shown to a user: a page that puts one into {@code href} must not run it. */
final class Links {

    // RFC 3986 section 3.1
    private static final Pattern SCHEME = Pattern.compile("^([a-zA-Z][a-zA-Z0-9+.-]*):");

    private Links() {}

    /** Whether a link is not there, relative, http or https. Browsers leave out control characters, so none may be in it. */
    static boolean isAllowed(JsonNode link) {
        if (!link.isTextual()) {
            return true;
        }
        String text = link.textValue();
        if (text.chars().anyMatch(c -> c <= ' ' || c == 0x7F)) {
            return false;
        }
        var scheme = SCHEME.matcher(text);
        return !scheme.find()
                || scheme.group(1).equalsIgnoreCase("http")
                || scheme.group(1).equalsIgnoreCase("https");
    }
}
