package io.tidings;

import io.tidings.message.CloseReason;
import io.tidings.message.UserKey;
import io.tidings.policy.Budget;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lines that a hub logs: a sentence, then key-values. No secrets, no content of messages. */
final class HubLog {

    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

    private HubLog() {}

    static void connected(Connection connection) {
        LOG.info(
                "User {} connected from {} connection={} dialect={} device={}",
                connection.user().user(),
                connection.remoteAddress(),
                connection.id(),
                connection.dialect(),
                connection.device());
    }

    static void disconnected(Connection connection, CloseReason reason, Duration lasted) {
        LOG.info(
                "User {} disconnected after {}s connection={} code={}",
                connection.user().user(),
                lasted.toSeconds(),
                connection.id(),
                reason.code());
    }

    /** Once a minute: the address may be a proxy's that nobody trusts, and then stands for all its clients. */
    static void handshakesLimited(String remoteAddress) {
        LOG.warn("Handshakes exceeded the rate limit address={}", remoteAddress);
    }

    static boolean isSentEnabled() {
        return LOG.isInfoEnabled();
    }

    static void sent(String sender, UserKey receiver, long millis, String messageId) {
        LOG.info("Message sent: {} -> {} ({}ms) id={}", sender, receiver.user(), millis, messageId);
    }

    static void undelivered(Connection connection, int frames) {
        LOG.error(
                "Failed to deliver message to user {}: connection lost connection={} frames={}",
                connection.user().user(),
                connection.id(),
                frames);
    }

    static void rateLimited(UserKey user, Budget budget, Duration retryAfter) {
        LOG.warn(
                "User {} exceeded rate limit budget={} permits={} windowSeconds={} retryAfterMs={}",
                user.user(),
                budget.name(),
                budget.permits(),
                budget.window().toSeconds(),
                retryAfter.toMillis());
    }

    static void limiterFailed(Throwable failure) {
        LOG.error("The rate limiter failed failure={}", failure.getClass().getName(), failure);
    }

    static void handlerFailed(String connectionId, Throwable failure) {
        LOG.error(
                "A listener failed connection={} failure={}",
                connectionId,
                failure.getClass().getName(),
                failure);
    }

    static void authorizerFailed(UserKey user, Throwable failure) {
        LOG.error(
                "The authorizer failed user={} failure={}",
                user.user(),
                failure.getClass().getName(),
                failure);
    }

    static void deliveryListenerFailed(UserKey user, Throwable failure) {
        LOG.error(
                "The delivery listener failed user={} failure={}",
                user.user(),
                failure.getClass().getName(),
                failure);
    }

    static void sanitizerFailed(UserKey user, Throwable failure) {
        // The message of the exception may quote the text.
        LOG.error(
                "The sanitizer failed user={} failure={}",
                user.user(),
                failure.getClass().getName());
    }

    static void authenticatorFailed(String connectionId, Throwable failure) {
        // The message of the exception is the authenticator's and could hold the token.
        LOG.error(
                "The authenticator failed connection={} failure={}",
                connectionId,
                failure.getClass().getName());
    }

    static void openingFailed(String connectionId, Throwable failure) {
        LOG.error("A connection could not be opened connection={}", connectionId, failure);
    }

    static void tellingFailed(UserKey user, Throwable failure) {
        LOG.error(
                "A stored message could not be told of user={} failure={}",
                user,
                failure.getClass().getName(),
                failure);
    }

    static void transportFailed(String connectionId, Throwable failure) {
        LOG.error(
                "A transport failed connection={} failure={}",
                connectionId,
                failure.getClass().getName(),
                failure);
    }

    static void drainBegins(int connections) {
        LOG.info("Draining connections={}", connections);
    }

    static void drained(DrainResult result) {
        LOG.info(
                "Drained after {}ms closed={} aborted={}", result.took().toMillis(), result.closed(), result.aborted());
    }

    static void drainFailed(Throwable failure) {
        LOG.error(
                "A connection could not be drained failure={}",
                failure.getClass().getName(),
                failure);
    }

    static void closedUnanswered(int appends, int cursors) {
        LOG.warn("The hub did not wait for the mailbox any longer appends={} cursors={}", appends, cursors);
    }

    static void closingFailed(Throwable failure) {
        LOG.error(
                "A part of the hub could not be closed failure={}",
                failure.getClass().getName(),
                failure);
    }

    static void observerFailed(Throwable failure) {
        LOG.error("The observer failed failure={}", failure.getClass().getName(), failure);
    }

    static void watchFailed(Throwable failure) {
        LOG.error("A step of the watch failed failure={}", failure.getClass().getName(), failure);
    }

    static void brokerFailed(String what, Throwable failure) {
        LOG.warn("The broker failed call={} failure={}", what, kindOf(failure));
    }

    static void encodingFailed(String kind, String dialect, Throwable failure) {
        // The message of the exception may quote the body.
        LOG.error(
                "A dialect failed kind={} dialect={} failure={}",
                kind,
                dialect,
                failure.getClass().getName());
    }

    static void mailboxFailed(UserKey user, String what, Throwable failure) {
        LOG.warn("The mailbox failed user={} call={} failure={}", user, what, kindOf(failure));
    }

    /** What a store says of a failure may quote the row, and so what a message says: only its kind is logged. */
    private static String kindOf(Throwable failure) {
        Throwable cause = failure.getCause();
        Throwable root = failure instanceof CompletionException && cause != null ? cause : failure;
        return root.getClass().getName();
    }
}
