package io.tidings.sanitizer.owasp;

import java.util.List;
import java.util.Set;
import org.owasp.html.HtmlSanitizer;

/** Keeps the text of a document that people would see, and line ends where lines and paragraphs end. */
final class TextOnly implements HtmlSanitizer.Policy {

    /** What they hold is for the browser. */
    private static final Set<String> UNSEEN =
            Set.of("script", "style", "iframe", "frameset", "noembed", "noframes", "object", "template", "head");

    private static final Set<String> LINES = Set.of(
            "address",
            "article",
            "blockquote",
            "br",
            "dd",
            "div",
            "dl",
            "dt",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "li",
            "ol",
            "p",
            "pre",
            "section",
            "table",
            "tr",
            "ul");

    private final StringBuilder text = new StringBuilder();
    private int unseen;
    private boolean lineEnds;

    String text() {
        return text.toString();
    }

    @Override
    public void openDocument() {
        // The text begins by itself.
    }

    @Override
    public void closeDocument() {
        // A line end that nothing follows is none.
    }

    @Override
    public void openTag(String element, List<String> attributes) {
        if (UNSEEN.contains(element)) {
            unseen++;
        }
        lineEnds |= LINES.contains(element);
    }

    @Override
    public void closeTag(String element) {
        if (UNSEEN.contains(element)) {
            unseen--;
        }
        lineEnds |= LINES.contains(element);
    }

    @Override
    public void text(String chunk) {
        if (unseen > 0 || chunk.isEmpty()) {
            return;
        }
        if (lineEnds && !text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
            text.append('\n');
        }
        lineEnds = false;
        text.append(chunk);
    }
}
