package io.tidings.feeds;

import io.tidings.feeds.FeedStore.NotificationQuery;
import io.tidings.message.Ids;
import io.tidings.message.Message;
import io.tidings.message.UserKey;
import io.tidings.spi.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notifications of users: of what others did, and of what the host has to say.
 *
 * <p>What a call changes lasts when its stage is complete, and then the user is told of it, now or when a device connects. Whether a caller
 * may do something is not asked here.
 *
 * <p><b>Threads.</b> All methods MAY be called concurrently, and none blocks.
 * <p><b>Failure.</b> A stage fails when the store does; then the change may or may not have been made: make it again with a key.
 */
public final class Notifications {

    /** The category of interactions. */
    public static final String SOCIAL = "SOCIAL";

    /** In how many categories a user may have unseen notifications. */
    public static final int MAX_CATEGORIES = 256;

    /** Keys of one kind of call are apart from those of the others. */
    private static final String POSTED = "notification\n";

    private static final String INTERACTION = "interaction\n";

    private static final Logger LOG = LoggerFactory.getLogger(Notifications.class);
    private static final Duration LONGEST_LOOKUP = Duration.ofSeconds(5);

    private final Changes changes;
    private final Relay relay;
    private final UserDirectory directory;
    private final NotificationTemplates templates;
    private final Scheduler scheduler;
    private final Executor executor;
    private final Set<Bulk> bulks = ConcurrentHashMap.newKeySet();

    Notifications(
            Changes changes,
            Relay relay,
            UserDirectory directory,
            NotificationTemplates templates,
            Scheduler scheduler,
            Executor executor) {
        this.changes = changes;
        this.relay = relay;
        this.directory = directory;
        this.templates = templates;
        this.scheduler = scheduler;
        this.executor = executor;
    }

    /** Notifies a user, as {@link #post(UserKey, NotificationDraft, String)} without a key. */
    public CompletionStage<Notification> post(UserKey user, NotificationDraft draft) {
        return post(user, draft, null);
    }

    /**
     * Notifies a user: all devices are told of it, and then of how many are unseen.
     *
     * @param key a repeat with the same key for the same user within 24 h is not sent but answered with the first notification; null
     *            for none
     * @throws IllegalArgumentException naming what does not hold in draft or key
     */
    public CompletionStage<Notification> post(UserKey user, NotificationDraft draft, @Nullable String key) {
        Conversations.checkKey(key);
        check(user, draft);
        return changes.make(
                Set.of(user),
                change -> store(
                        change,
                        user,
                        user,
                        draft.category(),
                        prefixed(POSTED, key),
                        id -> FeedMessages.notificationNew(id, user, draft, change.now())));
    }

    /**
     * The same for a caller whose key it is: a repeat is one of the same caller.
     *
     * @param caller who asks for it, such as a service
     */
    CompletionStage<Notification> post(UserKey caller, UserKey user, NotificationDraft draft, @Nullable String key) {
        Conversations.checkKey(key);
        check(user, draft);
        return changes.make(
                key == null ? Set.of(user) : new HashSet<>(List.of(caller, user)),
                change -> store(
                        change,
                        caller,
                        user,
                        draft.category(),
                        prefixed(POSTED, key),
                        id -> FeedMessages.notificationNew(id, user, draft, change.now())));
    }

    /**
     * Notifies many users, {@value Bulk#CHUNK} in a transaction. The iterator is called by one thread at a time, first by the caller; its
     * failure fails the stage, and what was sent by then is sent. Goes as fast as the outbox is relayed.
     *
     * @param key names this notification: a call that was cut off is repeated whole with the same key within 24 h, and whoever has it
     *            is passed over
     * @return completes when all users have it in the store; fails when the store does
     * @throws IllegalArgumentException naming what does not hold in draft or key
     */
    public CompletionStage<PostAllResult> postAll(Iterator<UserKey> users, NotificationDraft draft, String key) {
        Conversations.checkKey(key);
        check(UserKey.of("1"), draft);
        Bulk bulk = new Bulk(changes, relay, users, draft, POSTED + key, scheduler, executor);
        bulks.add(bulk);
        return bulk.start().whenComplete((result, failure) -> bulks.remove(bulk));
    }

    /** Ends what is under way for many. */
    void close() {
        bulks.forEach(Bulk::end);
    }

    /**
     * Notifies the owner of what somebody did.
     *
     * @param key a repeat with the actor's same key within 24 h is not sent but answered with the first notification; null for none
     * @return empty where it is the owner's own action, of which nobody is notified
     * @throws IllegalArgumentException naming what does not hold
     */
    public CompletionStage<Optional<Notification>> interact(Interaction interaction, @Nullable String key) {
        Conversations.checkKey(key);
        if (interaction.actor().equals(interaction.owner())) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        UserKey actor = interaction.actor();
        UserKey owner = interaction.owner();
        return profile(actor).thenCompose(profile -> {
            NotificationTemplates.Text text = templates.text(interaction, profile);
            FeedMessages.notificationNew(1, interaction, profile, text, Instant.EPOCH);
            return changes.make(
                    key == null ? Set.of(owner) : Set.of(actor, owner),
                    change -> Optional.of(store(
                            change,
                            actor,
                            owner,
                            SOCIAL,
                            prefixed(INTERACTION, key),
                            id -> FeedMessages.notificationNew(id, interaction, profile, text, change.now()))));
        });
    }

    /**
     * Marks notifications of a user as seen: all the user's devices are told which, and how many are unseen; when none is left to mark,
     * nobody is told anything. Notifications of others, and those that are seen, are passed over.
     *
     * @param ids at most 1,000
     * @return which were marked
     */
    public CompletionStage<List<Long>> markSeen(UserKey user, Collection<Long> ids) {
        Conversations.checkIds(ids);
        if (ids.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        Set<Long> asked = new HashSet<>(ids);
        return changes.make(Set.of(user), change -> {
            List<Long> marked = new ArrayList<>();
            Map<String, Long> fewer = new HashMap<>();
            for (Notification notification : change.rows().notifications(user, asked)) {
                if (notification.seenAt() == null) {
                    marked.add(notification.id());
                    fewer.merge(notification.category(), -1L, Long::sum);
                }
            }
            if (marked.isEmpty()) {
                return marked;
            }
            change.rows().notificationsSeen(user, marked, change.now());
            change.put(change.head(user).withUnseen(fewer));
            change.tell(user, FeedMessages.notificationSeen(marked, change.head(user), change.now()));
            change.mention(user, FeedMessages.unseen(change.head(user)));
            return marked;
        });
    }

    /** How many notifications a user has not seen. */
    public CompletionStage<Counts.Unseen> unseen(UserKey user) {
        return changes.store().heads(List.of(user)).thenApply(heads -> Counts.unseen(heads.get(0)));
    }

    /**
     * A user's notifications, newest first.
     *
     * @throws IllegalArgumentException when the limit is not from 1 to 1,000
     */
    public CompletionStage<List<Notification>> list(NotificationQuery query) {
        Conversations.checkLimit(query.limit());
        return changes.store().notifications(query);
    }

    /** Stores a notification and tells of it, or finds the one of the key. */
    private static Notification store(
            Change change,
            UserKey keeper,
            UserKey user,
            String category,
            @Nullable String key,
            LongFunction<Message> message) {
        OptionalLong first = key == null ? OptionalLong.empty() : change.rows().remembered(keeper, key);
        if (first.isPresent()) {
            return change.rows().notifications(user, Set.of(first.getAsLong())).stream()
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("key was used for another user's notification"));
        }
        Notification notification = insert(change, user, category, message);
        if (key != null) {
            change.rows().remember(keeper, key, notification.id(), change.now());
        }
        return notification;
    }

    private static @Nullable String prefixed(String prefix, @Nullable String key) {
        return key == null ? null : prefix + key;
    }

    static Notification insert(Change change, UserKey user, String category, LongFunction<Message> message) {
        Head head = change.head(user);
        if (!hasRoom(head, category)) {
            throw new IllegalArgumentException(
                    "category is one more than " + MAX_CATEGORIES + " with unseen notifications");
        }
        long id = change.rows().nextId();
        Notification notification = new Notification(id, user, category, message.apply(id), change.now(), null);
        change.rows().insert(notification);
        change.tell(user, notification.message());
        change.put(change.head(user).withUnseen(Map.of(category, 1L)));
        change.mention(user, FeedMessages.unseen(change.head(user)));
        return notification;
    }

    /** Whether one more notification may be unseen in a category. */
    static boolean hasRoom(Head head, String category) {
        return head.unseen().containsKey(category) || head.unseen().size() < MAX_CATEGORIES;
    }

    private static void check(UserKey user, NotificationDraft draft) {
        String problem = Ids.problem(draft.category());
        if (problem != null) {
            throw new IllegalArgumentException("category " + problem);
        }
        FeedMessages.notificationNew(1, user, draft, Instant.EPOCH);
    }

    /** Null where it is not known; never fails. */
    private CompletionStage<@Nullable Profile> profile(UserKey actor) {
        CompletableFuture<@Nullable Profile> found = new CompletableFuture<>();
        try {
            directory.profile(actor).whenComplete((profile, failure) -> {
                if (failure != null) {
                    LOG.warn("The directory failed user={}", actor, failure);
                }
                found.complete(profile == null ? null : profile.orElse(null));
            });
        } catch (RuntimeException failure) {
            LOG.warn("The directory failed user={}", actor, failure);
            found.complete(null);
        }
        if (!found.isDone()) {
            Scheduler.Cancellable late = scheduler.schedule(LONGEST_LOOKUP, () -> {
                if (found.complete(null)) {
                    LOG.warn("The directory did not answer within {} s user={}", LONGEST_LOOKUP.toSeconds(), actor);
                }
            });
            found.thenAccept(profile -> late.cancel());
        }
        return found;
    }

    /**
     * What came of a notification for many.
     *
     * @param sent     how many users were notified
     * @param repeated how many had been notified before
     * @param refused  how many were not, because they have unseen notifications in {@value #MAX_CATEGORIES} other categories
     */
    public record PostAllResult(long sent, long repeated, long refused) {}
}
