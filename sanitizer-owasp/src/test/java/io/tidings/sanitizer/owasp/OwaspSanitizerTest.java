package io.tidings.sanitizer.owasp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidings.Admission;
import io.tidings.Endpoint;
import io.tidings.Hub;
import io.tidings.HubBuilder;
import io.tidings.auth.Authentication;
import io.tidings.auth.Identity;
import io.tidings.dialect.EventDialect;
import io.tidings.message.Kinds;
import io.tidings.message.UserKey;
import io.tidings.spi.Sanitizer;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("R52")
class OwaspSanitizerTest {

    private static String sanitize(String text) {
        return new OwaspSanitizer().sanitize("content", text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\u0007', emptyValue = "", nullValues = "-", textBlock = """
        a<b                                      | a< b
        if a <b and c                            | if a < b and c
        x <3 y <b>z</b>                          | x <3 y z
        <scr<script>ipt>alert(1)</script>        | ipt>alert(1)
        <<b>script>alert(1)<</b>/script>         | < script>alert(1)< /script>
        <p>one</p><p>two</p>three                | one\\ntwo\\nthree
        one<br>two<br/>                          | one\\ntwo
        <ul><li>1<li>2</ul>                      | 1\\n2
        <i>a</i><i>b</i>                         | ab
        <style>p{color:red}</style>seen          | seen
        <iframe src=x>inner</iframe>seen         | seen
        <textarea><b>t</b></textarea>            | < b>t< /b>
        <table>t<tr><td>c</td></table>after      | t\\nc\\nafter
        <b>Tom &amp; Jerry & &lt;i&gt;</b>       | Tom &amp; Jerry & &lt;i&gt;
        <b>never closed                          | never closed
        closed</b> only                          | closed only
        <!-- never closed                        | < !-- never closed
        <x-y>custom</x-y>                        | custom
        <?php echo 1 ?>after                     | after
        """)
    void text_isWhatASeenPageWouldSay(String text, String expected) {
        assertEquals(expected.replace("\\n", "\n"), sanitize(text));
    }

    @Test
    void controlCharacters_areTakenOut_tabsAndLineEndsStay() {
        assertEquals("a\tb\r\nc", sanitize("a\tb\r\n\u0000\u0007c\u007F"));
        assertEquals("", sanitize("<\u0000script>alert(1)</script>"));
    }

    private static HubBuilder hub() {
        return Hub.builder()
                .endpoint(Endpoint.of("/ws", EventDialect.standard()))
                .authenticator(token ->
                        CompletableFuture.completedFuture(new Authentication.Refused(Authentication.Reason.MALFORMED)));
    }

    /** A second one for the class path. */
    public static final class Other implements Sanitizer {
        @Override
        public String sanitize(String field, String text) {
            return text;
        }
    }

    @Test
    void ofTwoOnTheClassPath_oneMustBeNamed(@TempDir Path directory) throws Exception {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(services.resolve(Sanitizer.class.getName()), Other.class.getName());
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader both =
                new URLClassLoader(new URL[] {directory.toUri().toURL()}, before)) {
            thread.setContextClassLoader(both);
            String problem = assertThrows(IllegalArgumentException.class, () -> hub().build())
                    .getMessage();
            assertTrue(problem.contains(Other.class.getName()), problem);
            assertTrue(problem.contains(OwaspSanitizer.class.getName()), problem);
            hub().sanitizer(new Other()).build().close();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void aHubThatIsGivenNone_usesTheOneOnTheClassPath() {
        try (Hub hub = hub().build()) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            body.put("receiverId", 2).put("content", "<b>hello</b>");
            Admission admission = hub.admit(Identity.of(UserKey.of(1)), Kinds.SEND_MESSAGE, body)
                    .toCompletableFuture()
                    .join();
            assertEquals(
                    "hello",
                    ((Admission.Granted) admission).body().path("content").asText());
            assertEquals("<b>hello</b>", body.path("content").asText());
        }
    }
}
