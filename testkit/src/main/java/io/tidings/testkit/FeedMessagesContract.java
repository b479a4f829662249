package io.tidings.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.tidings.feeds.ChatMessage;
import io.tidings.feeds.FeedStore;
import io.tidings.message.UserKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What {@link FeedStoreContract} asks of messages. */
@Tag("R66")
abstract class FeedMessagesContract extends FeedTransactionContract {

    @Test
    void message_comesBackAsItWasGiven() throws Exception {
        FeedStore store = opened();
        List<String> texts = List.of(
                "text",
                "",
                " with spaces ",
                "'quoted' \"twice\" \\ % _ ; -- ?",
                "lines\r\n\tand more",
                "e\u0301 \u00e9 \u4f60\u597d \u200f\u202e",
                "\ud83d\ude00".repeat(5_000));
        List<ChatMessage> expected = new ArrayList<>();
        for (String text : texts) {
            expected.add(transact(store, users(ANN, BOB), transaction -> {
                ChatMessage message = new ChatMessage(transaction.nextId(), ANN, BOB, text, NOW, null);
                transaction.insert(message);
                return message;
            }));
        }
        expected.add(transact(store, users(ANN, BOB), transaction -> {
            ChatMessage seen =
                    new ChatMessage(transaction.nextId(), BOB, ANN, "seen", Instant.ofEpochMilli(1), NOW.plusMillis(1));
            transaction.insert(seen);
            return seen;
        }));
        assertEquals(expected, messages(store, ANN));
        assertEquals(expected, messages(store, BOB));
        assertEquals(
                expected.get(6),
                transact(
                        store,
                        users(ANN),
                        transaction -> transaction.sent(ANN, expected.get(6).id())));
    }

    @Test
    void usersWithUnusualNames_haveTheirOwnMessages() throws Exception {
        FeedStore store = opened();
        List<UserKey> names = Stream.of(
                        "x", "X", "x ", "\u00e9", "e\u0301", "'; --", "a/b", "%", "_", "\ud83d\ude00", "y".repeat(128))
                .map(name -> new UserKey("tenant '\"%\u00e9", name))
                .toList();
        List<Long> ids = new ArrayList<>();
        for (UserKey name : names) {
            ids.add(send(store, name, name));
        }
        for (int i = 0; i < names.size(); i++) {
            UserKey name = names.get(i);
            assertEquals(List.of(chat(ids.get(i), name, name)), messages(store, name), "messages of " + name);
        }
    }

    @Test
    @Tag("R67")
    void messages_areThoseSentAndReceived_oldestFirst() throws Exception {
        FeedStore store = opened();
        long first = send(store, ANN, BOB);
        long second = send(store, BOB, ANN);
        long third = send(store, EVE, ANN);
        long fourth = send(store, BOB, EVE);
        long fifth = send(store, ANN, BOB);
        assertEquals(List.of(first, second, third, fifth), messageIds(store, ANN, null, 0, 100));
        assertEquals(List.of(first, second, fourth, fifth), messageIds(store, BOB, null, 0, 100));
        assertEquals(List.of(third, fourth), messageIds(store, EVE, null, 0, 100));
        assertEquals(List.of(), messageIds(store, UserKey.of("nobody"), null, 0, 100));
    }

    @Test
    @Tag("R67")
    void messages_beginAfterAnId_andEndAtTheLimit() throws Exception {
        FeedStore store = opened();
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            ids.add(i % 2 == 0 ? send(store, ANN, BOB) : send(store, BOB, ANN));
            // An id of somebody else's lies between.
            send(store, EVE, EVE);
        }
        for (UserKey with : new UserKey[] {null, BOB}) {
            assertEquals(ids, messageIds(store, ANN, with, 0, 7));
            assertEquals(ids, messageIds(store, ANN, with, 0, 6));
            assertEquals(ids.subList(0, 5), messageIds(store, ANN, with, 0, 5));
            assertEquals(ids.subList(0, 1), messageIds(store, ANN, with, 0, 1));
            assertEquals(ids, messageIds(store, ANN, with, ids.get(0) - 1, 10));
            assertEquals(ids.subList(1, 6), messageIds(store, ANN, with, ids.get(0), 10));
            assertEquals(ids.subList(1, 6), messageIds(store, ANN, with, ids.get(0) + 1, 10));
            assertEquals(ids.subList(3, 5), messageIds(store, ANN, with, ids.get(2), 2));
            assertEquals(List.of(), messageIds(store, ANN, with, ids.get(5), 10));
            assertEquals(List.of(), messageIds(store, ANN, with, Long.MAX_VALUE, 10));
        }
    }

    @Test
    @Tag("R67")
    void messagesWithOneUser_areThoseOfTheTwo() throws Exception {
        FeedStore store = opened();
        long toBob = send(store, ANN, BOB);
        long toEve = send(store, ANN, EVE);
        long ofBob = send(store, BOB, ANN);
        long bobToEve = send(store, BOB, EVE);
        long toSelf = send(store, ANN, ANN);
        assertEquals(List.of(toBob, ofBob), messageIds(store, ANN, BOB, 0, 100));
        assertEquals(List.of(toBob, ofBob), messageIds(store, BOB, ANN, 0, 100));
        assertEquals(List.of(toBob, ofBob), messageIds(store, ANN, BOB, 0, 2));
        assertEquals(List.of(ofBob), messageIds(store, ANN, BOB, toBob, 1));
        assertEquals(List.of(toEve), messageIds(store, EVE, ANN, 0, 100));
        assertEquals(List.of(bobToEve), messageIds(store, BOB, EVE, 0, 100));
        assertEquals(List.of(toSelf), messageIds(store, ANN, ANN, 0, 100));
        assertEquals(List.of(toBob, toEve, ofBob, toSelf), messageIds(store, ANN, null, 0, 100));
        assertEquals(List.of(), messageIds(store, BOB, BOB, 0, 100));
        assertEquals(List.of(), messageIds(store, ANN, UserKey.of("nobody"), 0, 100));
    }

    @Test
    void received_areThoseOfTheReceiver_inOrder_eachOnce() throws Exception {
        FeedStore store = opened();
        List<Long> received = send(store, BOB, ANN, 3);
        long sent = send(store, ANN, BOB);
        long ofOthers = send(store, BOB, EVE);
        long toSelf = send(store, ANN, ANN);
        List<Long> asked =
                List.of(toSelf, received.get(2), sent, received.get(0), received.get(2), ofOthers, 1L << 52, 0L, -1L);
        assertEquals(List.of(received.get(0), received.get(2), toSelf), received(store, ANN, asked));
        assertEquals(List.of(sent), received(store, BOB, asked));
        assertEquals(List.of(), received(store, UserKey.of("nobody"), asked));
        assertEquals(List.of(), received(store, ANN, List.of()));
        assertEquals(
                List.of(chat(received.get(1), BOB, ANN)),
                transact(store, users(EVE), transaction -> transaction.received(ANN, Set.of(received.get(1)))));
    }

    /** Asked for by a transaction of somebody else. */
    private List<Long> received(FeedStore store, UserKey receiver, List<Long> ids) throws Exception {
        return transact(
                store,
                users(EVE),
                transaction -> transaction.received(receiver, ids).stream()
                        .map(ChatMessage::id)
                        .toList());
    }

    @Test
    void manyIds_areTakenWhole() throws Exception {
        FeedStore store = opened();
        List<Long> received = send(store, BOB, ANN, 40);
        List<Long> posted = post(store, ANN, "A", "B");
        List<Long> asked = Stream.concat(
                        Stream.concat(received.stream(), posted.stream()),
                        LongStream.range(1L << 50, (1L << 50) + 1_500).boxed())
                .sorted((one, other) -> Long.compare(one % 7, other % 7))
                .toList();
        assertEquals(received, received(store, ANN, asked));
        assertEquals(List.of(BOB), await(store.senders(ANN, asked)));
        change(store, users(ANN), transaction -> {
            assertEquals(2, transaction.notifications(ANN, asked).size());
            transaction.messagesSeen(ANN, asked, NOW);
            transaction.notificationsSeen(ANN, asked, NOW);
        });
        assertEquals(
                40,
                messages(store, ANN).stream()
                        .filter(message -> NOW.equals(message.seenAt()))
                        .count());
        assertEquals(List.of(), notificationIds(store, ANN, true, null, Long.MAX_VALUE, 10));
    }

    @Test
    void sent_isAMessageOfTheSender_orThrows() throws Exception {
        FeedStore store = opened();
        long id = send(store, ANN, BOB);
        assertEquals(chat(id, ANN, BOB), transact(store, users(EVE), transaction -> transaction.sent(ANN, id)));
        for (UserKey other : List.of(BOB, EVE, OTHER_ANN)) {
            assertInstanceOf(
                    IllegalStateException.class,
                    failure(store, users(ANN, BOB, EVE), transaction -> transaction.sent(other, id)),
                    "sent by " + other);
        }
        assertInstanceOf(
                IllegalStateException.class,
                failure(store, users(ANN), transaction -> transaction.sent(ANN, id + 1)),
                "an id that there is not");
    }

    @Test
    @Tag("R61")
    void messagesSeen_marksWhatTheReceiverReceived_andKeepsTheFirstTime() throws Exception {
        FeedStore store = opened();
        List<Long> received = send(store, BOB, ANN, 3);
        long sent = send(store, ANN, BOB);
        long ofOthers = send(store, BOB, EVE);
        change(
                store,
                users(ANN),
                transaction -> transaction.messagesSeen(
                        ANN,
                        List.of(received.get(0), received.get(1), received.get(0), sent, ofOthers, 1L << 52),
                        NOW));
        change(
                store,
                users(ANN),
                transaction ->
                        transaction.messagesSeen(ANN, List.of(received.get(1), received.get(2)), NOW.plusMillis(5)));
        change(store, users(ANN), transaction -> transaction.messagesSeen(ANN, List.of(), NOW));
        List<ChatMessage> expected = List.of(
                seen(chat(received.get(0), BOB, ANN), NOW),
                seen(chat(received.get(1), BOB, ANN), NOW),
                seen(chat(received.get(2), BOB, ANN), NOW.plusMillis(5)));
        assertEquals(expected, messages(store, ANN).subList(0, 3));
        assertEquals(expected, messages(store, BOB).subList(0, 3));
        assertEquals(expected, await(store.messages(BOB, ANN, 0, 3)));
        assertEquals(chat(sent, ANN, BOB), messages(store, BOB).get(3));
        assertEquals(List.of(chat(ofOthers, BOB, EVE)), messages(store, EVE));
        assertEquals(expected, transact(store, users(EVE), transaction -> transaction.received(ANN, received)));
    }

    private static ChatMessage seen(ChatMessage message, Instant at) {
        return new ChatMessage(
                message.id(), message.sender(), message.receiver(), message.content(), message.createdAt(), at);
    }

    @Test
    @Tag("R61")
    void senders_areThoseOfWhatTheReceiverReceived_eachOnce() throws Exception {
        FeedStore store = opened();
        List<Long> ids = new ArrayList<>(send(store, BOB, ANN, 2));
        ids.add(send(store, EVE, ANN));
        ids.add(send(store, EVE, BOB));
        ids.add(send(store, ANN, BOB));
        ids.add(1L << 52);
        assertEquals(List.of(BOB, EVE), sorted(await(store.senders(ANN, ids))));
        assertEquals(List.of(ANN, EVE), sorted(await(store.senders(BOB, ids))));
        assertEquals(List.of(BOB), await(store.senders(ANN, ids.subList(0, 2))));
        assertEquals(List.of(), await(store.senders(EVE, ids)));
        assertEquals(List.of(), await(store.senders(ANN, List.of())));
        assertEquals(List.of(), await(store.senders(OTHER_ANN, ids)));
    }

    private static List<UserKey> sorted(List<UserKey> users) {
        return users.stream().sorted().toList();
    }

    @Test
    void tenants_neverSeeEachOthersMessages() throws Exception {
        FeedStore store = opened();
        long here = send(store, ANN, BOB);
        long there = send(store, OTHER_ANN, OTHER_BOB);
        assertEquals(List.of(chat(here, ANN, BOB)), messages(store, ANN));
        assertEquals(List.of(chat(here, ANN, BOB)), messages(store, BOB));
        assertEquals(List.of(chat(there, OTHER_ANN, OTHER_BOB)), messages(store, OTHER_BOB));
        assertEquals(List.of(there), messageIds(store, OTHER_ANN, OTHER_BOB, 0, 10));
        assertEquals(List.of(), messageIds(store, ANN, OTHER_BOB, 0, 10));
        assertEquals(List.of(here), received(store, BOB, List.of(here, there)));
        assertEquals(List.of(there), received(store, OTHER_BOB, List.of(here, there)));
        assertEquals(List.of(OTHER_ANN), await(store.senders(OTHER_BOB, List.of(here, there))));
        change(store, users(BOB), transaction -> transaction.messagesSeen(BOB, List.of(here, there), NOW));
        assertEquals(List.of(chat(there, OTHER_ANN, OTHER_BOB)), messages(store, OTHER_BOB));
    }
}
