package io.tidings.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tidings.auth.Authentication.Accepted;
import io.tidings.auth.Authentication.Reason;
import io.tidings.auth.Authentication.Refused;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which thread does the work. */
@Tag("R2")
class JwtThreadsTest {

    private static final TestKey ED = TestKey.ed25519();

    private final MovingTicker ticker = new MovingTicker();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    private JwtAuthenticatorBuilder byPublicKey() {
        return JwtAuthenticator.withPem(ED.pem()).ticker(ticker);
    }

    private static CompletableFuture<Authentication> ask(Authenticator authenticator, String token) {
        return authenticator.authenticate(token).toCompletableFuture();
    }

    @Test
    void publicKeySignature_isCheckedOnTheExecutor() {
        JwtAuthenticator authenticator = byPublicKey().executor(tasks::add).build();
        CompletableFuture<Authentication> stage = ask(authenticator, TestToken.of(ED, "EdDSA"));
        assertFalse(stage.isDone());
        tasks.remove().run();
        assertInstanceOf(Accepted.class, stage.join());
        assertTrue(tasks.isEmpty());
    }

    @Test
    void tokenThatNeedsNoCheck_isRefusedAtOnce() {
        JwtAuthenticator authenticator = byPublicKey().executor(tasks::add).build();
        assertEquals(new Refused(Reason.MALFORMED), ask(authenticator, "junk").join());
        String forged = TestToken.of(TestKey.secret(32), "HS256");
        assertEquals(new Refused(Reason.SIGNATURE), ask(authenticator, forged).join());
        assertTrue(tasks.isEmpty());
    }

    @Test
    void secretSignature_isCheckedAtOnce() {
        TestKey secret = TestKey.secret(32);
        JwtAuthenticator authenticator = JwtAuthenticator.withSecret(secret.secret())
                .ticker(ticker)
                .executor(tasks::add)
                .build();
        assertTrue(ask(authenticator, TestToken.of(secret, "HS256")).isDone());
        assertTrue(ask(authenticator, TestToken.of(TestKey.secret(33), "HS256")).isDone());
        assertTrue(tasks.isEmpty());
    }

    @Test
    void standardExecutor_isNotTheCallingThread() throws Exception {
        CompletableFuture<String> name = new CompletableFuture<>();
        SignatureThreads.shared()
                .execute(() -> name.complete(Thread.currentThread().getName()));
        assertTrue(name.get(30, TimeUnit.SECONDS).startsWith("tidings-signature-"));
        TestToken.assertAccepted(byPublicKey().build(), TestToken.of(ED, "EdDSA"));
    }

    @Test
    void fullExecutor_failsTheStage() {
        JwtAuthenticator authenticator = byPublicKey()
                .executor(task -> {
                    throw new RejectedExecutionException("full");
                })
                .build();
        ExecutionException failure = assertThrows(
                ExecutionException.class, () -> TestToken.authenticate(authenticator, TestToken.of(ED, "EdDSA")));
        assertInstanceOf(IllegalStateException.class, failure.getCause());
        assertEquals("too many tokens wait to be checked", failure.getCause().getMessage());
    }
}
