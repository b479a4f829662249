package io.tidings.feeds;

import io.tidings.HubFixture;
import io.tidings.TestConnection;
import io.tidings.auth.Authorizer;
import io.tidings.dialect.EventDialect;
import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.inmemory.InMemoryMailbox;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import io.tidings.policy.RateLimits;
import io.tidings.testkit.RecordedFrame;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A hub with feeds where the users 1 and 2 of the tenant {@code a} have messages and notifications, and are connected; or, for
 * comparison, where there is nothing of them. Tenant {@code b} has users of the same ids.
 */
final class IsolationWorld implements AutoCloseable {

    /** In all that users of {@code a} wrote, and nowhere else. */
    static final String SECRET = "SECRET";

    static final UserKey ONE = new UserKey("a", "1");
    static final UserKey TWO = new UserKey("a", "2");

    private static final List<UserKey> EVERYBODY = List.of(
            ONE,
            TWO,
            new UserKey("a", "3"),
            new UserKey("b", "1"),
            new UserKey("b", "2"),
            new UserKey("b", "3"),
            UserKey.of(1),
            UserKey.of(2),
            UserKey.of(3));

    final FeedsFixture fixture;
    final RestClient rest;
    final InMemoryMailbox mailbox;
    final List<TestConnection> victims = new ArrayList<>();

    /** What an attacker may have got to know of the tenant's rows, by the names that stand for them. */
    final Map<String, String> known = new LinkedHashMap<>();

    IsolationWorld(boolean full, Authorizer authorizer) {
        InMemoryMailbox.Builder mailboxes = InMemoryMailbox.builder();
        InMemoryMailbox[] made = new InMemoryMailbox[1];
        fixture = new FeedsFixture(InMemoryFeedStore.builder().build(), feeds -> feeds, hub -> {
            made[0] = mailboxes.build();
            return hub.authenticator(RestClient.TOKENS)
                    .authorizer(authorizer)
                    .rateLimits(RateLimits.NONE)
                    .mailbox(made[0])
                    .eventsRoute("/api/v1/events", EventDialect.standard());
        });
        mailbox = made[0];
        rest = new RestClient(fixture);
        if (full) {
            fill();
        }
    }

    private void fill() {
        victims.add(fixture.hubs
                .open(HubFixture.EVENT, "token=a/1&device=phone&instance=tab")
                .live());
        victims.add(fixture.hubs
                .open(HubFixture.ENVELOPE, "token=a/2&device=phone&instance=tab")
                .live());
        Conversations conversations = fixture.feeds.conversations();
        known.put(
                "{toTwo}",
                "" + fixture.done(conversations.send(ONE, TWO, SECRET)).id());
        known.put(
                "{toOne}",
                "" + fixture.done(conversations.send(TWO, ONE, SECRET)).id());
        fixture.done(fixture.feeds
                .notifications()
                .post(ONE, NotificationDraft.of(SECRET, SECRET).withCategory(SECRET)));
        known.put(
                "{notification}",
                ""
                        + fixture.done(fixture.feeds.notifications().post(TWO, NotificationDraft.of(SECRET, SECRET)))
                                .id());
        known.put("{position}", fixture.done(fixture.hubs.hub.position(TWO)).toString());
        known.put("{connection}", victims.get(0).id());
        victims.forEach(victim -> victim.wire.takeFrames());
    }

    /** Everything that is stored: of everybody, or of one tenant. */
    List<String> dump(String... tenants) {
        List<String> dump = new ArrayList<>();
        for (UserKey user : EVERYBODY) {
            if (tenants.length == 0 || Set.of(tenants).contains(user.tenant())) {
                dump.add(fixture.done(fixture.store.heads(List.of(user))).toString());
                dump.add(fixture.done(fixture.store.messages(user, null, 0, 1_000))
                        .toString());
                dump.add(fixture.done(fixture.store.notifications(
                                new NotificationQuery(user, false, null, Long.MAX_VALUE, 1_000)))
                        .toString());
                dump.add(fixture.done(fixture.store.transact(
                        Set.of(user), rows -> rows.outbox(user, 0, 1_000).toString())));
                dump.add(fixture.done(mailbox.read(user, Position.START, 1_000)).toString());
                dump.add(
                        fixture.done(fixture.feeds.presence().of(List.of(user))).toString());
            }
        }
        return dump;
    }

    /** What nobody who is connected in the tenant may have noticed. */
    void assertVictimsHeardNothing(String what) {
        for (TestConnection victim : victims) {
            List<String> heard =
                    victim.wire.takeFrames().stream().map(RecordedFrame::text).toList();
            if (!heard.isEmpty()) {
                throw new AssertionError(what + " was told to others: " + heard);
            }
            victim.wire.assertExhausted();
        }
    }

    /** A client of somebody else, and what it has been told, in words that are the same in every world. */
    List<String> heard(TestConnection client) {
        List<String> heard = new ArrayList<>();
        client.wire.takeFrames().forEach(frame -> heard.add(plain(frame.text())));
        if (client.wire.isEnded()) {
            heard.add("closed " + client.wire.takeClose().code());
        }
        return heard;
    }

    /** A text without ids of rows, messages and connections, which are never the same twice. */
    static String plain(String text) {
        return text.replaceAll("[pt][0-9A-V]{20}", "P")
                .replaceAll("\\d{12,}", "N")
                .replaceAll("n1-[0-9a-v]+-\\d+", "C")
                .replaceAll("20\\d\\d-\\d\\d-\\d\\dT[0-9:.]+Z", "T");
    }

    @Override
    public void close() {
        fixture.close();
    }
}
