package io.tidings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tidings.auth.Identity;
import io.tidings.dialect.Frame;
import io.tidings.mailbox.CursorMove;
import io.tidings.mailbox.Page;
import io.tidings.message.CloseReason;
import io.tidings.message.ErrorCode;
import io.tidings.message.Kind;
import io.tidings.message.Message;
import io.tidings.message.Position;
import io.tidings.message.Topic;
import io.tidings.policy.HeartbeatPolicy;
import io.tidings.spi.HubObserver.Drop;
import io.tidings.spi.TransportConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One connection, from the upgrade to the end.
 *
 * <pre>
 *   AUTHENTICATING ---> OPEN ---> CLOSING ---> ENDED
 *          |              |                      ^
 *          +--------------+---- lost, failed ----+
 * </pre>
 *
 * <p>A connection is in the registry and in its lane's groups exactly while it is OPEN. CLOSING writes what is left, then the
 * close frame, and waits a moment for the peer; the watch ends it if nobody else does, so nothing waits for a container's
 * callback. Whoever moves it out of OPEN cleans up, once.
 *
 * <p><b>Lock.</b> {@code lock} guards the phase, the queue, the delivery and the vitals together, because a message is judged
 * against all of them at once. It is a leaf: no listener, transport, store, broker, executor or other lock of the hub is taken
 * under it but the serial queue's and, where a frame is encoded for the first time, that of {@link Encoded}. Writes happen on the lane's thread alone, one at a time.
 *
 * <p>The file is long because one lock guards one state, and every way in and out of it stands here. What can be told without the
 * lock is in {@link Outbound} (what is queued and what gives way), {@link OutboundQueue}, {@link Delivery}, {@link Vitals},
 * {@link Opening} and {@link InboundReader}. The parts below, in order: what the host sees, opening, messages in, writing, signs
 * of life, ending.
 */
final class HubConnection implements Connection, Runnable, TransportConnection.WriteCallback {

    /** What {@link #check} returns when the watch need not come again. */
    static final long GONE = Long.MIN_VALUE;

    /** How long the mailbox has to say where an authenticated connection starts. */
    static final Duration OPENING_TIME = Duration.ofSeconds(30);

    /** How long the peer has to answer a close frame before the TCP connection is cut. */
    static final Duration CLOSING_TIME = Duration.ofSeconds(5);

    private static final Duration MISSING_HINT_TIME = Duration.ofMillis(20);
    private static final int BATCH_FRAMES = 64;
    private static final int BATCH_BYTES = 64 * 1024;
    private static final int WRITES_IN_A_ROW = 4;

    /** What a change under the lock leaves to be done after it. */
    private static final int WRITE = 1;

    private static final int OVERFLOW = 2;
    private static final int READ = 4;
    private static final int SEE_AGAIN = 8;
    private static final int TELL = 16;
    private static final int MOVED = 32;

    private enum Phase {
        AUTHENTICATING,
        OPEN,
        CLOSING,
        ENDED
    }

    private enum Writing {
        /** No write is under way. */
        IDLE,
        /** Inside the transport's write. */
        CALLING,
        /** The write returned and its callback is awaited. */
        PENDING
    }

    private final Engine engine;
    private final Endpoint endpoint;
    private final int dialect;
    private final TransportConnection transport;
    private final Lane lane;
    private final String id;
    private final String remoteAddress;
    private final SerialQueue calls;
    private final @Nullable DeliveryEvents events;
    private final long createdNanos;
    private final Object lock = new Object();

    /** Lane thread only. */
    private final List<Members.Membership> memberships = new ArrayList<>(2);

    /** Lane thread only; made with the first topic. */
    private @Nullable Map<Topic, Members.Membership> topicMemberships;

    /** Written once before the registry knows the connection. */
    private volatile @Nullable Attached attached;

    /** The thread inside the transport's write: set, cleared and compared by itself alone. */
    private @Nullable Thread caller;

    /** Lane thread only: the callback came from within the write, and how it went. */
    private boolean inlineDone;

    private @Nullable Throwable inlineFailure;

    /** Null for all categories; replaced, never changed. */
    private volatile @Nullable Set<String> categories;

    @GuardedBy("lock")
    private Phase phase = Phase.AUTHENTICATING;

    @GuardedBy("lock")
    private final Outbound outbound;

    @GuardedBy("lock")
    private final OutboundQueue queue;

    @GuardedBy("lock")
    private final Delivery delivery;

    @GuardedBy("lock")
    private final Unacknowledged unacknowledged;

    @GuardedBy("lock")
    private final Vitals vitals;

    @GuardedBy("lock")
    private Writing writing = Writing.IDLE;

    @GuardedBy("lock")
    private long writeStarted;

    /** Whether `connected` or a refusal has been queued, before which nothing may be written. */
    @GuardedBy("lock")
    private boolean ready;

    @GuardedBy("lock")
    private boolean writeRequested;

    @GuardedBy("lock")
    private boolean pingDue;

    /** Whether the batch being written holds a probe. */
    @GuardedBy("lock")
    private boolean probeWriting;

    @GuardedBy("lock")
    private boolean closeSent;

    @GuardedBy("lock")
    private long closingNanos;

    @GuardedBy("lock")
    private CloseReason closeReason = CloseReason.NORMAL;

    @GuardedBy("lock")
    private boolean expiryTold;

    /** Who it is and in whose hands its cursor; the identity changes when a token is renewed. */
    private record Attached(Identity identity, String device, String instance, Instant openedAt, long openedNanos) {}

    /** Of the instance's attachment, on whose word acknowledgements move the cursor; set with the start. */
    @GuardedBy("lock")
    private long generation = -1;

    /** The highest generation of its instance that was heard of. */
    @GuardedBy("lock")
    private long newest = -1;

    HubConnection(Engine engine, Endpoint endpoint, TransportConnection transport, String id, String remoteAddress) {
        this.engine = engine;
        this.endpoint = endpoint;
        this.dialect = engine.dialects().indexOf(endpoint.dialect());
        this.transport = transport;
        this.lane = engine.lanes().lane(transport.lane());
        this.id = id;
        this.remoteAddress = remoteAddress;
        this.calls = new SerialQueue(engine.executor(), engine.scheduler(), this::handlerFailed);
        DeliveryListener told = engine.deliveryListener();
        this.events = told == null ? null : new DeliveryEvents(this, told, calls);
        this.outbound = new Outbound(engine, dialect, events);
        this.queue = outbound.queue();
        this.delivery = outbound.delivery();
        this.unacknowledged = outbound.unacknowledged();
        this.createdNanos = engine.ticker().nanos();
        this.vitals = new Vitals(endpoint.policy(), createdNanos, engine.random());
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Identity identity() {
        return attached().identity;
    }

    @Override
    public String device() {
        return attached().device;
    }

    @Override
    public String instance() {
        return attached().instance;
    }

    @Override
    public String path() {
        return endpoint.path();
    }

    @Override
    public String dialect() {
        return endpoint.dialect().name();
    }

    @Override
    public String remoteAddress() {
        return remoteAddress;
    }

    @Override
    public Instant openedAt() {
        return attached().openedAt;
    }

    @Override
    public void close(CloseReason reason) {
        end(reason, true);
    }

    /** By its id, so that what goes over sets of connections goes in the same order whenever the same happens. */
    @Override
    public int hashCode() {
        return id.hashCode();
    }

    private Attached attached() {
        Attached known = attached;
        if (known == null) {
            throw new IllegalStateException("the connection is not authenticated");
        }
        return known;
    }

    Engine engine() {
        return engine;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** A kind that its client can send, or null where its dialect does not name it. */
    @Nullable
    Kind inboundKind(String name) {
        return engine.dialects().inbound(dialect, name);
    }

    SerialQueue calls() {
        return calls;
    }

    Lane lane() {
        return lane;
    }

    List<Members.Membership> memberships() {
        return memberships;
    }

    Map<Topic, Members.Membership> topicMemberships() {
        Map<Topic, Members.Membership> topics = topicMemberships;
        if (topics == null) {
            topics = new HashMap<>();
            topicMemberships = topics;
        }
        return topics;
    }

    /** Whether the client made this connection after another one, however long either took to open. */
    boolean cameAfter(HubConnection other) {
        return createdNanos - other.createdNanos > 0;
    }

    boolean isAuthenticating() {
        synchronized (lock) {
            return phase == Phase.AUTHENTICATING;
        }
    }

    boolean isOpen() {
        synchronized (lock) {
            return phase == Phase.OPEN;
        }
    }

    /** Whether it is on its way out, or gone. */
    boolean isClosing() {
        synchronized (lock) {
            return phase == Phase.CLOSING || phase == Phase.ENDED;
        }
    }

    /** Whether all that it has been told is queued, so that a close would come behind it. */
    boolean isSettled() {
        synchronized (lock) {
            return phase != Phase.OPEN || (ready ? !outbound.isWaitingForLive() : outbound.frames() == 0);
        }
    }

    int queuedFrames() {
        synchronized (lock) {
            return outbound.frames();
        }
    }

    int queuedBytes() {
        synchronized (lock) {
            return outbound.bytes();
        }
    }

    @Nullable
    Set<String> categories() {
        return categories;
    }

    void categories(@Nullable Set<String> wanted) {
        categories = wanted;
    }

    /** The credential holds; true when the connection is in the registry afterwards. */
    boolean open(Identity identity, String device, String instance) {
        attached = new Attached(
                identity,
                device,
                instance,
                Instant.ofEpochMilli(engine.ticker().epochMillis()),
                engine.ticker().nanos());
        if (!isAuthenticating()) {
            return false;
        }
        Registry.Added added = engine.registry().add(this);
        if (!(added instanceof Registry.Added.In in)) {
            boolean late = added instanceof Registry.Added.Replaced;
            end(late ? CloseReason.REPLACED : CloseReason.TOO_MANY_CONNECTIONS, false);
            return false;
        }
        boolean opened;
        synchronized (lock) {
            opened = phase == Phase.AUTHENTICATING;
            if (opened) {
                phase = Phase.OPEN;
                calls.add(() -> engine.listener().connected(this));
            }
        }
        if (!opened) {
            engine.registry().remove(this);
            return false;
        }
        engine.unauthenticated().decrementAndGet();
        HubLog.connected(this);
        engine.observer().opened(dialect());
        calls.start();
        in.replaced().forEach(other -> other.end(CloseReason.REPLACED, false));
        in.displaced().forEach(other -> other.end(CloseReason.TOO_MANY_CONNECTIONS, false));
        return true;
    }

    /** The start is known: says `connected`, joins the lane's groups and begins to read. */
    void start(Position from, @Nullable String unreadable, long attachedGeneration) {
        Frame connected = engine.ownFrame(dialect, engine.own().connected(this, from));
        boolean replaced;
        synchronized (lock) {
            if (phase != Phase.OPEN) {
                return;
            }
            generation = attachedGeneration;
            replaced = generation < newest;
            if (!replaced) {
                delivery.start(from, unreadable, true);
                if (events != null) {
                    events.from(from);
                }
                if (connected != null) {
                    queue.addFirst(connected);
                }
                ready = true;
                writeRequested = true;
            }
        }
        if (replaced) {
            end(CloseReason.REPLACED, false);
            return;
        }
        lane.execute(() -> {
            if (isOpen()) {
                lane.join(this, user().tenant());
            }
            lane.noteDirty(this);
        });
        wantPage();
    }

    /** An instance of the user was attached on another node, which replaces this connection where it is the same and older. */
    void attachedElsewhere(String instance, long itsGeneration) {
        if (!instance.equals(instance())) {
            return;
        }
        boolean replaced;
        synchronized (lock) {
            newest = Math.max(newest, itsGeneration);
            // Before the start its own generation is not known, and decides then.
            replaced = generation >= 0 && generation < newest;
        }
        if (replaced) {
            end(CloseReason.REPLACED, false);
        }
    }

    /** The client asks to be told again from a position. */
    void resume(Position from, @Nullable String unreadable) {
        boolean read;
        synchronized (lock) {
            if (phase != Phase.OPEN || delivery.state() == Delivery.State.WAITING) {
                return;
            }
            outbound.restart(from, unreadable);
            read = delivery.state() == Delivery.State.READING;
        }
        if (read) {
            wantPage();
        }
    }

    /** A new token of the same user; its expiry counts from now on. */
    void renew(Identity identity) {
        Attached known = attached();
        attached = new Attached(identity, known.device, known.instance, known.openedAt, known.openedNanos);
        synchronized (lock) {
            expiryTold = false;
        }
    }

    /** Lane thread only: a transient message of a fan-out. */
    void offerOnLane(Outgoing message, FrameSet frames) {
        Frame frame = frames.frame(dialect);
        if (frame == null || !shows(message)) {
            return;
        }
        int left;
        synchronized (lock) {
            left = accept(message, frame, false);
        }
        if ((left & WRITE) != 0) {
            lane.noteDirty(this);
        } else if (left != 0) {
            after(left);
        }
    }

    /** A transient message for the user or the connection; a keyed one waits until the connection is LIVE. */
    void offer(Outgoing message) {
        Frame frame = message.frame(dialect);
        if (frame == null || !shows(message)) {
            return;
        }
        int left;
        synchronized (lock) {
            left = accept(message, frame, true);
        }
        after(left);
    }

    @GuardedBy("lock")
    private int accept(Outgoing message, Frame frame, boolean waitsForLive) {
        if (phase != Phase.OPEN) {
            return 0;
        }
        return switch (outbound.offer(message, frame, waitsForLive)) {
            case QUEUED -> requestWrite();
            case NOT_QUEUED -> 0;
            case OVERFLOW -> OVERFLOW;
        };
    }

    /** An answer of the library, which goes first; where too many wait, the client does not read, and is closed. */
    void control(Message message) {
        control(message, OVERFLOW);
    }

    private void control(Message message, int otherwise) {
        Frame frame = engine.ownFrame(dialect, message);
        if (frame == null) {
            return;
        }
        int left;
        synchronized (lock) {
            left = phase == Phase.ENDED || closeSent ? 0 : queue.addControl(frame) ? requestWrite() : otherwise;
        }
        after(left);
    }

    /** Refuses something that the client sent. */
    void error(ErrorCode code, String message, @Nullable String field, @Nullable String requestId) {
        control(engine.own().error(code, message, field, requestId, null));
    }

    /**
     * Refuses something for coming too often. Where too many answers wait it is not said: whoever sends faster than answers can be
     * written is no slow reader yet, and refusals have an end of their own.
     */
    void limited(String message, @Nullable String requestId, Duration retryAfter) {
        int seconds = (int) Math.max(1, retryAfter.plusMillis(999).toSeconds());
        control(engine.own().error(ErrorCode.RATE_LIMIT, message, null, requestId, seconds), 0);
    }

    /** A durable message is in the mailbox. */
    void hint(Position position, Outgoing message, @Nullable String except) {
        Frame frame = shows(message) && !instance().equals(except) ? message.frame(dialect) : null;
        int left = 0;
        synchronized (lock) {
            if (phase != Phase.OPEN) {
                return;
            }
            Delivery.Hint hint = delivery.hint(position);
            if (hint == Delivery.Hint.MISSING) {
                left = SEE_AGAIN;
            } else if (hint == Delivery.Hint.NEXT && outbound.next(position, message, frame)) {
                left = requestWrite();
            }
        }
        after(left);
    }

    /** The mailbox reaches to a position. */
    void head(Position position) {
        boolean read;
        synchronized (lock) {
            read = phase == Phase.OPEN && delivery.behind(position);
        }
        if (read) {
            wantPage();
        }
    }

    /** A page is about to be read: after which position this connection wants it, or null when it wants none. */
    @Nullable
    Position beginRead() {
        synchronized (lock) {
            return isReading() ? delivery.beginRead() : null;
        }
    }

    /** Whether it wants a page. */
    boolean isReading() {
        synchronized (lock) {
            return phase == Phase.OPEN && delivery.state() == Delivery.State.READING;
        }
    }

    /** A page read after a position; ignored when another is wanted. */
    void page(Position from, Page page, List<Outgoing> messages) {
        int left;
        synchronized (lock) {
            if (phase != Phase.OPEN || !delivery.wants(from)) {
                return;
            }
            outbound.page(from, page, messages, this::shows, instance());
            left = queue.isEmpty() ? 0 : requestWrite();
            left |= events == null ? 0 : TELL;
        }
        after(left);
    }

    /** Whether the connection's categories let a message through. */
    private boolean shows(Outgoing message) {
        Set<String> wanted = categories;
        if (wanted == null) {
            return true;
        }
        String category = message.category();
        return category == null || wanted.contains(category);
    }

    /** Lane thread only: there is something to write. */
    @Override
    public void run() {
        lane.noteDirty(this);
    }

    @GuardedBy("lock")
    private int requestWrite() {
        if (!ready || writeRequested || writing != Writing.IDLE) {
            return 0;
        }
        writeRequested = true;
        return WRITE;
    }

    /** Lane thread only: writes what waits. */
    void write(long now) {
        // What follows a write begins later than it: a write must not count as stuck for the time the ones before it
        // took.
        long started = now;
        for (int i = 0; i < WRITES_IN_A_ROW; i++) {
            if (!writeOnce(started)) {
                return;
            }
            started = engine.ticker().nanos();
        }
        // Others of the lane want their turn.
        int left;
        synchronized (lock) {
            left = hasWork() ? requestWrite() : 0;
        }
        after(left);
    }

    /** Whether the batch was written at once, so that another may follow. */
    private boolean writeOnce(long now) {
        int count;
        Frame[] batch;
        boolean ping;
        boolean close;
        synchronized (lock) {
            writeRequested = false;
            if (phase == Phase.ENDED || closeSent || writing != Writing.IDLE) {
                return false;
            }
            ping = pingDue;
            pingDue = false;
            if (vitals.isProbeQueued()) {
                // Messages of this batch go out behind the probe, whose answer says nothing of them.
                delivery.probing(!queue.hasMessages());
            }
            count = queue.take(BATCH_FRAMES, BATCH_BYTES);
            batch = queue.batch();
            close = count == 0 && phase == Phase.CLOSING;
            if (count > 0) {
                writing = Writing.CALLING;
                writeStarted = now;
                if (queue.batchHasMessages()) {
                    vitals.message(now);
                }
            }
            probeWriting = vitals.isProbeQueued();
            if (ping) {
                probeWritten(now);
            }
        }
        if (ping) {
            transport.ping();
        }
        if (close) {
            sendClose();
        }
        if (count == 0) {
            return false;
        }
        caller = Thread.currentThread();
        transport.write(batch, count, this);
        caller = null;
        return calledBackInline() ? goOn() : pending();
    }

    /** Whether the callback came from within the write, on this thread; how it went is then in {@link #inlineFailure}. */
    private boolean calledBackInline() {
        boolean inline = inlineDone;
        inlineDone = false;
        return inline;
    }

    /** The write is finished already; whether another may follow at once. */
    private boolean goOn() {
        Throwable failure = inlineFailure;
        inlineFailure = null;
        if (failure != null) {
            lost(CloseReason.LOST);
            return false;
        }
        int left;
        boolean more;
        synchronized (lock) {
            left = finishWrite();
            more = hasWork();
        }
        after(left);
        return more;
    }

    /** The write goes on without this thread, unless another has finished it already. */
    private boolean pending() {
        synchronized (lock) {
            if (writing == Writing.CALLING) {
                writing = Writing.PENDING;
                return false;
            }
            return writing == Writing.IDLE && hasWork();
        }
    }

    @Override
    public void written(@Nullable Throwable failure) {
        // Only the thread that set it can find itself here, so this needs no lock.
        if (caller == Thread.currentThread()) {
            inlineDone = true;
            inlineFailure = failure;
            return;
        }
        if (failure != null) {
            lost(CloseReason.LOST);
            return;
        }
        int left = 0;
        synchronized (lock) {
            boolean returned = writing == Writing.PENDING;
            if (!returned && writing != Writing.CALLING) {
                return;
            }
            left = finishWrite();
            if (returned && hasWork()) {
                left |= requestWrite();
            }
        }
        after(left);
    }

    @GuardedBy("lock")
    private int finishWrite() {
        writing = Writing.IDLE;
        int left = writeDone();
        left |= queue.isBelow(4) && delivery.unpause() ? READ : 0;
        outbound.releaseHeld();
        return left;
    }

    @GuardedBy("lock")
    private int writeDone() {
        int left = 0;
        if (probeWriting) {
            // A probe goes before the messages of its batch, so that its answer says nothing of them.
            probeWritten(engine.ticker().nanos());
        }
        Position end = queue.batchEnd();
        if (end != null) {
            boolean acknowledged = unacknowledged.written(
                    end, unacknowledged.isTimed() ? engine.ticker().nanos() : 0);
            if (events != null && phase == Phase.OPEN) {
                events.delivered(unacknowledged.written());
                left = TELL;
            }
            if (acknowledged) {
                left |= confirmed() | MOVED;
            }
        }
        queue.written();
        return left;
    }

    @GuardedBy("lock")
    private void probeWritten(long now) {
        probeWriting = false;
        vitals.probeWritten(now);
    }

    @GuardedBy("lock")
    private boolean hasWork() {
        return !queue.isEmpty() || pingDue || (phase == Phase.CLOSING && !closeSent);
    }

    /** Does what a change under the lock left to be done. */
    private void after(int left) {
        if ((left & WRITE) != 0) {
            lane.execute(this);
        }
        if ((left & READ) != 0) {
            wantPage();
        }
        if ((left & TELL) != 0) {
            calls.start();
        }
        if ((left & MOVED) != 0) {
            engine.cursors().note(this);
        }
        if ((left & SEE_AGAIN) != 0) {
            engine.scheduler().schedule(MISSING_HINT_TIME, this::seeAgain);
        }
        if ((left & OVERFLOW) != 0) {
            end(CloseReason.SLOW_CONSUMER, false);
        }
    }

    private void seeAgain() {
        boolean read;
        synchronized (lock) {
            read = phase == Phase.OPEN && delivery.missingStill();
        }
        if (read) {
            wantPage();
        }
    }

    private void wantPage() {
        UserEntry entry = engine.registry().user(user());
        if (entry != null) {
            entry.want(this);
        }
    }

    /** The client has everything up to a position, it says. */
    void acknowledge(Position position) {
        long now = engine.ticker().nanos();
        int left;
        synchronized (lock) {
            if (phase != Phase.OPEN) {
                return;
            }
            unacknowledged.acknowledge(position, writing == Writing.IDLE ? null : queue.batchEnd(), now);
            left = confirmed();
        }
        after(left);
        engine.cursors().note(this);
    }

    /** Something may have been confirmed, which reaches over what was passed over. */
    @GuardedBy("lock")
    private int confirmed() {
        delivery.passOver();
        if (events == null || phase != Phase.OPEN) {
            return 0;
        }
        events.acknowledged(unacknowledged.cursor());
        return TELL;
    }

    /** An application message came in. */
    void messageReceived() {
        long now = engine.ticker().nanos();
        synchronized (lock) {
            vitals.message(now);
        }
    }

    /** A pong of either kind came in; one that the heartbeat did not ask for proves nothing. */
    void answered(HeartbeatPolicy.Probe kind) {
        long now = engine.ticker().nanos();
        boolean moved = false;
        int left = 0;
        synchronized (lock) {
            if (vitals.probe() == kind) {
                if (probeWriting) {
                    // A quick client's answer overtakes the callback of the write that asked for it.
                    probeWritten(now);
                }
                vitals.answered(now);
                unacknowledged.probeAnswered();
                left = confirmed();
                moved = unacknowledged.isCursorDirty();
            }
        }
        after(left);
        if (moved) {
            engine.cursors().note(this);
        }
    }

    /** Where the device's cursor has moved since the last call, or null. */
    @Nullable
    CursorMove takeCursorMove() {
        long of;
        Position moved;
        synchronized (lock) {
            of = generation;
            delivery.passOver();
            moved = of < 0 ? null : unacknowledged.takeCursor();
        }
        return moved == null ? null : new CursorMove(user(), device(), instance(), of, moved);
    }

    /**
     * The watch's visit.
     *
     * @return in how many nanoseconds the next is wanted, or {@link #GONE}
     */
    long check(long now, long wallMillis) {
        Attached known = attached;
        Instant expiresAt = known == null ? null : known.identity.expiresAt();
        boolean probe = false;
        boolean cut = false;
        boolean warn = false;
        CloseReason due = null;
        boolean atOnce = false;
        boolean gone = false;
        int left = 0;
        synchronized (lock) {
            long writeNanos = engine.queueLimits().writeTimeout().toNanos();
            boolean stuck = writing != Writing.IDLE && now - writeStarted >= writeNanos;
            switch (phase) {
                case ENDED -> gone = true;
                case CLOSING -> {
                    cut = closeSent && now - closingNanos >= CLOSING_TIME.toNanos();
                    atOnce = !closeSent && (stuck || now - closingNanos >= writeNanos);
                }
                case AUTHENTICATING -> {
                    if (now - createdNanos
                            >= engine.guards().handshakes().authenticationTime().toNanos()) {
                        due = CloseReason.UNAUTHORIZED;
                    } else if (stuck) {
                        due = CloseReason.WRITE_TIMEOUT;
                        atOnce = true;
                    }
                }
                case OPEN -> {
                    if (stuck) {
                        due = CloseReason.WRITE_TIMEOUT;
                        atOnce = true;
                    } else if (vitals.isDead(now)) {
                        due = CloseReason.HEARTBEAT;
                        atOnce = true;
                    } else if (!ready && known != null && now - known.openedNanos >= OPENING_TIME.toNanos()) {
                        due = CloseReason.TRY_AGAIN_LATER;
                    } else if (unacknowledged.overdue(now) == Unacknowledged.Overdue.IN_VAIN) {
                        due = CloseReason.RESYNC;
                    } else if (vitals.isIdle(now)) {
                        due = CloseReason.IDLE;
                    } else if (expiresAt != null
                            && wallMillis >= expiresAt.plus(engine.expirySkew()).toEpochMilli()) {
                        due = CloseReason.TOKEN_EXPIRED;
                    } else {
                        if (expiresAt != null
                                && !expiryTold
                                && ready
                                && wallMillis
                                        >= expiresAt
                                                .minus(engine.expiryWarning())
                                                .toEpochMilli()) {
                            expiryTold = true;
                            warn = true;
                        }
                        probe = ready && vitals.takeProbe(now);
                        left = writeAgain(now);
                    }
                }
            }
        }
        if (gone) {
            // Only where the executor would not take the last call when it was made.
            calls.start();
            return GONE;
        }
        if (cut) {
            lost(CloseReason.LOST);
            return GONE;
        }
        if (due != null) {
            if (due == CloseReason.UNAUTHORIZED) {
                refuse();
            } else if (atOnce) {
                endAtOnce(due);
            } else {
                // What waits behind messages that are not acknowledged would come too early.
                end(due, due != CloseReason.RESYNC);
            }
        } else if (atOnce) {
            sendClose();
        }
        after(left);
        if (warn && expiresAt != null) {
            control(engine.own().authExpiring(expiresAt));
        }
        if (probe) {
            probe();
        }
        synchronized (lock) {
            return phase == Phase.OPEN
                    ? Math.min(vitals.dueIn(now), unacknowledged.dueIn(now))
                    : Watch.STEP_MILLIS * 1_000_000;
        }
    }

    @GuardedBy("lock")
    private int writeAgain(long now) {
        if (unacknowledged.overdue(now) != Unacknowledged.Overdue.AGAIN) {
            return 0;
        }
        outbound.again();
        return delivery.state() == Delivery.State.READING ? READ : 0;
    }

    private void probe() {
        Frame frame = endpoint.policy().heartbeat().probe() == HeartbeatPolicy.Probe.FRAME
                ? engine.ownFrame(dialect, engine.own().ping())
                : null;
        int left;
        synchronized (lock) {
            if (phase != Phase.OPEN) {
                return;
            }
            boolean queued = frame == null || queue.addControl(frame);
            pingDue |= frame == null;
            vitals.probeQueued();
            left = queued ? requestWrite() : OVERFLOW;
        }
        after(left);
    }

    /** Says UNAUTHORIZED and closes with 4500. */
    void refuse() {
        synchronized (lock) {
            ready = true;
        }
        error(ErrorCode.UNAUTHORIZED, "Invalid or expired token", null, null);
        end(CloseReason.UNAUTHORIZED, false);
    }

    /**
     * Ends the connection with a close frame behind what is being written.
     *
     * @param withMessages whether the messages that wait are written first; control frames always are. Before {@code connected}
     *     none is
     */
    void end(CloseReason reason, boolean withMessages) {
        boolean write;
        if (!leave(Phase.CLOSING, reason, !withMessages)) {
            return;
        }
        synchronized (lock) {
            ready = true;
            write = writing == Writing.IDLE && !writeRequested;
            writeRequested |= write;
        }
        if (write) {
            lane.execute(this);
        }
    }

    /** Ends the connection with a close frame that waits for nothing: the peer does not read, or is gone. */
    private void endAtOnce(CloseReason reason) {
        if (leave(Phase.CLOSING, reason, true)) {
            sendClose();
        }
    }

    /** The transport says that the connection has ended. */
    void closed(CloseReason reason) {
        ended(reason, false);
    }

    /** The connection is of no more use: it failed, or a write did. */
    void lost(CloseReason reason) {
        ended(reason, true);
    }

    /** Lane thread only: the transport threw, in spite of its contract, and whether its callback comes is unknown. */
    void threw(Throwable failure) {
        HubLog.transportFailed(id, failure);
        caller = null;
        try {
            lost(CloseReason.LOST);
        } catch (RuntimeException again) {
            HubLog.transportFailed(id, again);
        }
    }

    private void ended(CloseReason reason, boolean abort) {
        int undelivered;
        boolean wasOpen;
        synchronized (lock) {
            wasOpen = phase == Phase.OPEN;
            undelivered = wasOpen ? queue.frames() : 0;
        }
        if (leave(Phase.ENDED, reason, true)) {
            if (undelivered > 0) {
                HubLog.undelivered(this, undelivered);
            }
        }
        if (abort) {
            transport.abort();
        }
    }

    private void sendClose() {
        CloseReason reason;
        synchronized (lock) {
            if (closeSent || phase != Phase.CLOSING) {
                return;
            }
            closeSent = true;
            closingNanos = engine.ticker().nanos();
            reason = closeReason;
        }
        if (reason.isSendable()) {
            transport.close(reason.code(), reason.reason());
        } else {
            transport.abort();
        }
    }

    /** Moves on to CLOSING or ENDED and, the first time, cleans up; false when the connection was there already. */
    private boolean leave(Phase to, CloseReason reason, boolean dropMessages) {
        Phase from;
        int dropped = 0;
        synchronized (lock) {
            from = phase;
            if (from == Phase.ENDED || from == to) {
                return false;
            }
            phase = to;
            closingNanos = engine.ticker().nanos();
            if (from != Phase.CLOSING) {
                closeReason = reason;
            }
            if (to == Phase.ENDED || dropMessages || !ready) {
                dropped = outbound.clear(to == Phase.ENDED);
            }
            if (from == Phase.OPEN) {
                addLastCall(reason);
            }
        }
        engine.drops().count(Drop.CLOSED, dropped);
        if (from == Phase.AUTHENTICATING) {
            engine.unauthenticated().decrementAndGet();
        }
        if (to == Phase.CLOSING) {
            engine.closing().incrementAndGet();
        } else if (from == Phase.CLOSING) {
            engine.closing().decrementAndGet();
        }
        if (from == Phase.OPEN) {
            engine.closed(this, reason);
            calls.start();
        }
        if (to == Phase.ENDED) {
            // Last of all: who waits for the last connection lets go of the mailbox then.
            engine.live().remove(this);
        }
        return true;
    }

    @GuardedBy("lock")
    private void addLastCall(CloseReason reason) {
        Duration lasted = lasted();
        calls.addLast(() -> engine.listener().disconnected(this, reason, lasted));
    }

    /** How long it has been open. */
    Duration lasted() {
        return Duration.ofNanos(engine.ticker().nanos() - attached().openedNanos);
    }

    /** A call of the host's threw, or its stage failed. */
    void handlerFailed(Throwable failure) {
        HubLog.handlerFailed(id, failure);
        engine.observer().handlerFailed();
    }
}
