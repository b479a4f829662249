package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.spi.Sanitizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Sanitizer} has to do.
 *
 * <pre>{@code
 * class MySanitizerContractTest extends SanitizerContract {
 *     @Override
 *     protected Sanitizer sanitizer() {
 *         return new MySanitizer();
 *     }
 * }
 * }</pre>
 */
@Tag("R52")
public abstract class SanitizerContract {

    private static final long SEED = 52;

    /** What a browser takes for the beginning of a tag, a comment or a declaration. */
    private static final Pattern TAG = Pattern.compile("<[A-Za-z/!?]");

    private static final List<String> PLAIN = List.of(
            "",
            "hello",
            "  two spaces, a tab\tand\nlines\r\n",
            "a < b",
            "5 > 3 and 3 < 5",
            "I <3 you",
            "<- there",
            "Tom & Jerry",
            "it's \"quoted\"",
            "&lt;b&gt; typed as it stands, &amp; too, &#60;b&#62;",
            "%3Cscript%3E \\u003cscript\\u003e",
            "javascript:alert(1)",
            "naïve ümlaut 日本語 العربية",
            "😀 👩‍👩‍👧 🇪🇺");

    private static final List<List<String>> MARKED = List.of(
            List.of("<b>bold</b>", "bold"),
            List.of("a <i>b</i> c", "a b c"),
            List.of("<script>alert(1)</script>hello", "hello"),
            List.of("<SCRIPT SRC=//x>alert(1)</SCRIPT >hello", "hello"),
            List.of("<a href=\"javascript:alert(1)\">link</a>", "link"),
            List.of("<a title=\"x>y\">text</a>", "text"),
            List.of("<img src=x onerror=alert(1)>", ""),
            List.of("before<!-- a comment -->after", "beforeafter"),
            List.of("<b>Tom & Jerry</b> < \"all\"", "Tom & Jerry < \"all\""),
            List.of("<b>&lt;i&gt; &amp;</b>", "&lt;i&gt; &amp;"),
            List.of("<b>😀</b>", "😀"));

    /** What attackers put together, and what they put it together from. */
    private static final List<String> PIECES = List.of(
            "<",
            ">",
            "</",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<!",
            "<?",
            "?>",
            "/",
            "\"",
            "'",
            "=",
            "&lt;",
            "&",
            "<b>",
            "</b>",
            "<script>",
            "</script>",
            "script",
            "<scr",
            "ipt>",
            "<style>",
            "<svg/onload=",
            "<img src=x ",
            "onerror=a",
            "<a title=\"",
            "<textarea>",
            "</textarea>",
            "<plaintext>",
            "<xmp>",
            "\u0000",
            "\n",
            " ",
            "text",
            "<table>",
            "<p>",
            "😀",
            "<math><mtext>",
            "<noscript>",
            "<title>",
            "&#60;b&#62;",
            "<<",
            ">>",
            "<x:y ");

    /** A sanitiser. */
    protected abstract Sanitizer sanitizer();

    private static String sanitize(Sanitizer sanitizer, String text) {
        return sanitizer.sanitize("content", text);
    }

    private static Stream<String> nasty() {
        List<String> texts = new ArrayList<>(List.of(
                "<scr<script>ipt>alert(1)</scr</script>ipt>",
                "<<b>script>alert(1)<</b>/script>",
                "<<<b>b>img src=x onerror=alert(1)>",
                "<scr\u0000ipt>alert(1)</script>",
                "<\u0000script>alert(1)</script>",
                "<img src=x onerror=alert(1)//",
                "<![CDATA[<script>alert(1)</script>]]>",
                "<!--<script>--><script>alert(1)</script>",
                "<textarea><script>alert(1)</script></textarea>",
                "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
                "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
                "<plaintext><script>alert(1)</script>",
                "a<b and c>d",
                "a<b"));
        Random random = new Random(SEED);
        for (int i = 0; i < 3_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int pieces = 1 + random.nextInt(12); pieces > 0; pieces--) {
                text.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            texts.add(text.toString());
        }
        return texts.stream();
    }

    @Test
    void textWithoutMarkup_staysAsItIs() {
        for (String text : PLAIN) {
            assertEquals(text, sanitize(sanitizer(), text));
        }
    }

    @Test
    void markup_isTakenOut_andTheTextStays() {
        for (List<String> pair : MARKED) {
            assertEquals(pair.get(1), sanitize(sanitizer(), pair.get(0)), pair.get(0));
        }
    }

    @Test
    void whateverGoesIn_noTagComesOut() {
        nasty().forEach(text -> {
            String result = sanitize(sanitizer(), text);
            assertFalse(TAG.matcher(result).find(), () -> "from " + text + " came " + result);
            assertTrue(result.indexOf('\u0000') < 0, () -> "from " + text + " came " + result);
        });
    }

    @Test
    void whatComesOut_staysWhenItGoesInAgain() {
        Stream.concat(nasty(), MARKED.stream().map(pair -> pair.get(0))).forEach(text -> {
            String once = sanitize(sanitizer(), text);
            assertEquals(once, sanitize(sanitizer(), once), text);
        });
    }

    @Test
    void whatComesOut_isAtMostTwiceAsLong() {
        Stream.concat(nasty(), long5000()).forEach(text -> {
            String result = sanitize(sanitizer(), text);
            assertTrue(
                    result.length() <= 2 * text.length(),
                    () -> text.length() + " became " + result.length() + ": " + text);
        });
    }

    @Test
    void textOfTheLongestMessage_takesNoTime() {
        Sanitizer sanitizer = sanitizer();
        long5000()
                .forEach(text -> assertTimeoutPreemptively(
                        Duration.ofSeconds(20),
                        () -> {
                            for (int i = 0; i < 20; i++) {
                                sanitize(sanitizer, text);
                            }
                        },
                        () -> text.substring(0, 20)));
    }

    private static Stream<String> long5000() {
        return Stream.of(
                        "<",
                        "<a",
                        "<b>",
                        "<!--",
                        "<<b>",
                        "</",
                        "<a href=",
                        "<a '",
                        "&",
                        "<script>",
                        "<p>x",
                        "<b></i>",
                        "😀<")
                .map(unit -> unit.repeat(5_000 / unit.length()));
    }

    @Test
    void threads_doNotDisturbEachOther() throws Exception {
        Sanitizer sanitizer = sanitizer();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<String>> calls = new ArrayList<>();
            for (int i = 0; i < 4_000; i++) {
                String name = "user " + i;
                calls.add(() -> sanitize(sanitizer, "<b>" + name + "</b>"));
            }
            List<Future<String>> results = threads.invokeAll(calls);
            for (int i = 0; i < results.size(); i++) {
                assertEquals("user " + i, results.get(i).get());
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
