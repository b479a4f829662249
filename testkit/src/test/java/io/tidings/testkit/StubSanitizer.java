package io.tidings.testkit;

import io.tidings.spi.Sanitizer;
import io.tidings.testkit.SanitizerContractProofTest.Flaw;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The plainest sanitiser that keeps the contract, with flaws to choose from. */
final class StubSanitizer implements Sanitizer {

    private static final Pattern UNSEEN = Pattern.compile("(?is)<(script|style)\\b[^>]*>.*?(</\\1\\s*>|$)");
    private static final Pattern COMMENT = Pattern.compile("(?s)<!--.*?-->");
    private static final Pattern TAG = Pattern.compile("<[A-Za-z/!?](?:[^\"'<>]|\"[^\"]*\"|'[^']*')*+>");
    private static final Pattern ANY_TAG = Pattern.compile("<[A-Za-z/!?][^>]*>");
    private static final Pattern OPENING = Pattern.compile("<(?=[A-Za-z/!?])");

    private final @Nullable Flaw flaw;
    private volatile String before = "";

    StubSanitizer(@Nullable Flaw flaw) {
        this.flaw = flaw;
    }

    @Override
    public String sanitize(String field, String text) {
        if (flaw == null) {
            return clean(text);
        }
        return switch (flaw) {
            case LEAVES_MARKUP -> text;
            case ESCAPES -> clean(text).replace("&", "&amp;").replace("<", "&lt;");
            case UNESCAPES -> clean(text.replace("&lt;", "<").replace("&gt;", ">"));
            case CUTS_AT_LESS_THAN -> clean(text.replaceAll("<[^A-Za-z/!?].*", ""));
            case JOINS_HALVES -> unmarked(text);
            case SHOWS_SCRIPTS ->
                harmless(TAG.matcher(text.replace("\u0000", "")).replaceAll(""));
            case ENDS_TAGS_IN_QUOTES ->
                harmless(ANY_TAG.matcher(text.replace("\u0000", "")).replaceAll(""));
            case TRIMS -> clean(text).trim();
            case GROWS -> text.length() > 2_000 ? clean(text) + "x".repeat(2 * text.length() + 1) : clean(text);
            case NEVER_ENDS -> endless(clean(text));
            case CHANGES_AGAIN -> clean(text).replaceFirst("(?s).$", "");
            case KEEPS_NOTHING_BUT_ASCII -> clean(text).replaceAll("[^\\x00-\\x7F]", "");
            case SHARES_STATE -> shared(text);
            case LEAVES_NULLS -> text.indexOf('\u0000') < 0 ? clean(text) : harmless(unmarked(text)) + '\u0000';
        };
    }

    private static String clean(String text) {
        return harmless(unmarked(text.replace("\u0000", "")));
    }

    private static String unmarked(String text) {
        if (!OPENING.matcher(text).find()) {
            return text;
        }
        String seen = UNSEEN.matcher(COMMENT.matcher(text).replaceAll("")).replaceAll("");
        return TAG.matcher(seen).replaceAll("");
    }

    private static String harmless(String text) {
        return OPENING.matcher(text).replaceAll("< ");
    }

    private static String endless(String text) {
        while (text.length() > 2_000 && !Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
        return text;
    }

    private String shared(String text) {
        before = clean(text);
        Thread.yield();
        return before;
    }
}
