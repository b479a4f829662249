package io.tidings.examples.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.testkit.RawWebSocketClient;
import io.tidings.testkit.Received;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The process as a script sees it: lines, signals, exit codes. */
class StandaloneServerTest {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    Path directory;

    private Process process;

    @AfterEach
    void kill() {
        process.destroyForcibly();
    }

    private void launch(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                StandaloneServer.class.getName()));
        command.addAll(List.of(arguments));
        // What it keeps by default lies in its working directory.
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(directory.resolve("err").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("TIDINGS_"));
        builder.environment().put("TIDINGS_DATABASE", "memory");
        builder.environment().putAll(environment);
        process = builder.start();
    }

    private int exitCode() throws InterruptedException {
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the process ends");
        return process.exitValue();
    }

    /** What it still has to say on standard output, until it ends. */
    private String out() throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private List<String> errors() throws IOException {
        return Files.readAllLines(directory.resolve("err"));
    }

    @Test
    void badFlag_isOneLineOnStandardErrorAndExit2() throws Exception {
        launch(Map.of(), "--port", "x");
        assertEquals("", out());
        assertEquals(2, exitCode());
        assertEquals(List.of("--port: expected 0 to 65535, was x"), errors());
    }

    @Test
    void badVariable_isOneLineOnStandardErrorAndExit2() throws Exception {
        launch(Map.of("TIDINGS_TRANSPORT", "netty"));
        assertEquals("", out());
        assertEquals(2, exitCode());
        assertEquals(List.of("TIDINGS_TRANSPORT: netty is not in this build"), errors());
    }

    @Test
    void help_isPrintedWithExit0() throws Exception {
        launch(Map.of("TIDINGS_PORT", "x"), "--port", "y", "--help");
        assertEquals(Flag.usage(), out());
        assertEquals(0, exitCode());
        assertEquals(List.of(), errors());
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void portInUse_isOneLineOnStandardErrorAndExit1(Container container) throws Exception {
        try (TestServer other = TestServer.start(container)) {
            String port = Integer.toString(URI.create(other.server.url()).getPort());
            launch(Map.of("TIDINGS_PORT", port), "--transport", container.written());
            assertEquals("", out());
            assertEquals(1, exitCode());
            assertEquals(List.of("cannot listen on 127.0.0.1:" + port + ": Address already in use"), errors());
        }
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    void server_saysWhenItIsReady_andEndsWith0OnSigterm(Container container) throws Exception {
        launch(Map.of("TIDINGS_PORT", "0"), "--transport", container.written());
        URI url = ready();
        String token = token(url, 1);
        try (LiveClient client = LiveClient.event(open(url, token))) {
            terminate();
            assertRestart(client);
        }
        assertEquals(0, exitCode());
        assertEquals("", out(), "nothing more on standard output");
        Pattern line = Pattern.compile("\\S+ (INFO|WARN) [A-Za-z]+ - .+");
        assertTrue(errors().stream().allMatch(each -> line.matcher(each).matches()), this::tryErrors);
        assertEquals(
                1,
                errors().stream()
                        .filter(each -> each.contains(" WARN StandaloneServer - Dev mode: ")
                                && each.endsWith(url + "/dev/token"))
                        .count(),
                this::tryErrors);
        assertTrue(errors().stream().noneMatch(each -> each.contains(token)), "no token in the log");
    }

    /** Where it listens, from the line that says so. */
    private URI ready() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = process.getInputStream().read();
                c >= 0 && c != '\n';
                c = process.getInputStream().read()) {
            line.append((char) c);
        }
        String ready = line.toString();
        assertTrue(ready.matches("ready on http://127\\.0\\.0\\.1:[1-9][0-9]*"), () -> ready + tryErrors());
        return URI.create(ready.substring("ready on ".length()));
    }

    private static String token(URI url, int user) throws IOException, InterruptedException {
        return HTTP.send(
                        HttpRequest.newBuilder(url.resolve("/dev/token?user=" + user))
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    private static int mailboxSize(URI url, int user) throws IOException, InterruptedException {
        HttpRequest events = HttpRequest.newBuilder(url.resolve("/api/v1/events"))
                .header("Authorization", "Bearer " + token(url, user))
                .build();
        String page = HTTP.send(events, BodyHandlers.ofString()).body();
        return TestServer.json(page).path("items").size();
    }

    private static RawWebSocketClient open(URI url, String token) {
        return RawWebSocketClient.to(url.getHost(), url.getPort(), "/api/v1/ws?token=" + token)
                .connect();
    }

    /** Process.destroy would close the streams too. */
    private void terminate() {
        process.toHandle().destroy();
    }

    private static void assertRestart(LiveClient client) {
        Received.Close close = client.socket.expectClose(LiveClient.PATIENCE);
        assertEquals(1012, close.code());
        assertTrue(close.reason().matches("drain;delayMs=([0-9]{1,2}|[1-4][0-9]{2}|500)"), close.reason());
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    @Tag("R36")
    void sigterm_sendsEverybodyAway_behindWhatWasQueued(Container container) throws Exception {
        launch(Map.of("TIDINGS_PORT", "0"), "--transport", container.written());
        URI url = ready();
        List<LiveClient> clients = new ArrayList<>();
        for (int user = 1; user <= 20; user++) {
            clients.add(LiveClient.event(open(url, token(url, user))));
        }
        for (int i = 1; i <= 50; i++) {
            clients.get(0)
                    .say("{'type':'message:send','id':'r" + i + "','data':{'receiverId':2,'content':'" + i + "'}}");
        }
        for (int i = 1; i <= 50; i++) {
            assertEquals("r" + i, clients.get(0).next("result").path("id").asText());
        }
        // What is in the mailbox by now is delivered.
        for (int attempt = 0; mailboxSize(url, 2) < 50; attempt++) {
            assertTrue(attempt < 500, "the mailbox fills");
        }
        terminate();
        for (int i = 1; i <= 50; i++) {
            assertEquals(
                    Integer.toString(i),
                    clients.get(1).next("message:new").at("/data/content").asText());
        }
        for (LiveClient client : clients) {
            assertRestart(client);
            client.close();
        }
        assertEquals(0, exitCode());
    }

    @ParameterizedTest
    @EnumSource(Container.class)
    @Tag("R36")
    void aSecondSigterm_endsItAtOnce(Container container) throws Exception {
        // The server waits 5 s for an answer to its close frame; a machine that stands still has some more tries to be
        // faster.
        for (int attempt = 0; attempt < 5; attempt++) {
            launch(Map.of("TIDINGS_PORT", "0"), "--transport", container.written());
            URI url = ready();
            try (LiveClient client = LiveClient.event(open(url, token(url, 1)))) {
                client.socket.answerCloses(false);
                long first = System.nanoTime();
                terminate();
                assertRestart(client);
                terminate();
                int code = exitCode();
                if (System.nanoTime() - first < TimeUnit.SECONDS.toNanos(4)) {
                    assertEquals(143, code);
                    return;
                }
            }
        }
        throw new AssertionError("the second signal is waited for");
    }

    @Test
    @Tag("R42")
    @Tag("R47")
    @Tag("R66")
    void whatWasNotDelivered_survivesAKilledProcess() throws Exception {
        launch(Map.of("TIDINGS_PORT", "0", "TIDINGS_DATABASE", ""));
        URI url = ready();
        String seen;
        try (LiveClient ann = LiveClient.event(open(url, token(url, 1)));
                LiveClient bob = LiveClient.event(open(url, token(url, 2)))) {
            ann.say("{'type':'message:send','id':'a','data':{'receiverId':2,'content':'delivered'}}");
            ann.next("result");
            seen = bob.next("message:new").path("id").asText();
            bob.close();
            for (int i = 1; i <= 5; i++) {
                ann.say("{'type':'message:send','id':'r" + i + "','data':{'receiverId':2,'content':'" + i + "'}}");
                ann.next("result");
            }
            process.toHandle().destroyForcibly();
            process.waitFor();
        }
        assertTrue(Files.exists(directory.resolve("tidings-data/tidings.db")));
        launch(Map.of("TIDINGS_PORT", "0", "TIDINGS_DATABASE", ""));
        URI again = ready();
        try (LiveClient bob = LiveClient.event(RawWebSocketClient.to(
                                again.getHost(),
                                again.getPort(),
                                "/api/v1/ws?token=" + token(again, 2) + "&lastMessageId=" + seen)
                        .connect());
                LiveClient ann = LiveClient.event(open(again, token(again, 1)))) {
            assertEquals(
                    List.of("1", "2", "3", "4", "5"),
                    bob.durable(5).stream()
                            .map(frame -> frame.at("/data/content").asText())
                            .toList());
            assertEquals(
                    6, bob.await("message:unread_count").at("/data/count").asInt(), "counted with what was delivered");
            ann.say("{'type':'message:send','id':'b','data':{'receiverId':2,'content':'after'}}");
            assertEquals("after", bob.next("message:new").at("/data/content").asText());
        }
    }

    @Test
    void databaseThatCannotBeOpened_isOneLineAndExit1() throws Exception {
        launch(Map.of("TIDINGS_PORT", "0"), "--database", "jdbc:postgresql://127.0.0.1:1/x?user=u&password=hidden");
        assertEquals("", out());
        assertEquals(1, exitCode());
        String last = errors().get(errors().size() - 1);
        assertTrue(last.startsWith("cannot open the database: "), this::tryErrors);
        assertTrue(errors().stream().noneMatch(line -> line.contains("hidden")), this::tryErrors);
    }

    private String tryErrors() {
        try {
            return errors().toString();
        } catch (IOException e) {
            return e.toString();
        }
    }
}
