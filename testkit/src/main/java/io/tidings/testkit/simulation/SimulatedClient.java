package io.tidings.testkit.simulation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidings.message.MessageId;
import io.tidings.message.Position;
import io.tidings.message.UserKey;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One page of a user's device, as a correct client library drives it: it remembers the last id, drops what it has, answers
 * pings, comes back after cuts from where it stood, and obeys close codes. What is delivered is judged when it arrives.
 */
final class SimulatedClient {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long MILLI = 1_000_000;

    /** How long nothing may be heard: the heartbeats' interval, their timeout, and some. */
    private static final long SILENCE = 9_000 * MILLI;

    /** When it acknowledges. */
    enum Acks {
        ALWAYS,
        SOMETIMES,
        LATE,
        NEVER,
        /** Also what it was never sent. */
        WRONGLY
    }

    private final World world;
    private final Device device;
    private final Acks acks;
    private final boolean envelope;
    private final String instance;

    private @Nullable Wire wire;
    private int wires;
    private boolean live;
    private boolean gone;
    private boolean connected;
    private boolean tokenRefused;
    private long liveSince;
    private long lastHeard;

    /** What it remembers; null until it was told where its delivery starts. */
    private @Nullable Position last;

    /** The index in the ledger of what it has in order. */
    private int at = -1;

    /** From where it asked to be told again on this connection: what it gets for that it may have got meanwhile. */
    private final Set<String> asked = new HashSet<>();

    /** What it got, whatever it was told to be gone later. */
    private final Set<Integer> had = new HashSet<>();

    private Position confirmed = Position.START;
    private Position writtenTo = Position.START;

    /** Transients that it got on this connection. */
    private final Set<Integer> transients = new HashSet<>();

    /** A device, whose pages share a cursor. */
    static final class Device {
        final UserKey user;
        final String name;

        /** The index from which on it is owed everything; null before it first connected. */
        @Nullable
        Integer owedFrom;

        /** Messages that some page of it got, or was told to be gone. */
        final Set<Integer> got = new HashSet<>();

        /** Pages that acknowledged what they had not got: nothing is owed for that. */
        boolean lied;

        Device(UserKey user, String name) {
            this.user = user;
            this.name = name;
        }
    }

    SimulatedClient(World world, Device device, String instance, Acks acks, boolean envelope) {
        this.world = world;
        this.device = device;
        this.instance = instance;
        this.acks = acks;
        this.envelope = envelope;
    }

    String name() {
        return instance;
    }

    Device device() {
        return device;
    }

    UserKey user() {
        return device.user;
    }

    Acks acks() {
        return acks;
    }

    boolean isEnvelope() {
        return envelope;
    }

    boolean isLive() {
        return live && wire != null;
    }

    boolean isGone() {
        return gone;
    }

    @Nullable
    Wire wire() {
        return wire;
    }

    int wires() {
        return wires;
    }

    /** Whether its cursor may move so far. */
    boolean mayMoveTo(Position position) {
        // Each by itself: in a new epoch offsets go on, so what was said in the one before may reach further.
        return mayMoveTo(position, confirmed)
                || mayMoveTo(position, writtenTo)
                || mayMoveTo(position, book().cursor(device.name));
    }

    private boolean mayMoveTo(Position position, Position said) {
        Position reaches = reachOf(said);
        boolean sameAgain = position.epoch() > reaches.epoch() && book().losses() > 0;
        return sameAgain ? position.offset() <= reaches.offset() : position.compareTo(reaches) <= 0;
    }

    /** How far its cursor may move: what it confirmed, and what follows that it is not shown. */
    Position mayMoveTo() {
        Position cursor = book().cursor(device.name);
        Position said = confirmed.compareTo(writtenTo) > 0 ? confirmed : writtenTo;
        return reachOf(said.compareTo(cursor) > 0 ? said : cursor);
    }

    private Position reachOf(Position said) {
        Position reaches = said;
        for (int i = book().indexAt(said) + 1; i <= book().last(); i++) {
            Ledger.Entry entry = book().entries().get(i);
            if (!entry.isLost() && entry.isFor(instance)) {
                break;
            }
            long epoch = Math.max(entry.position.epoch(), said.epoch());
            reaches = new Position(epoch, entry.position.offset());
        }
        return reaches;
    }

    private Ledger.Book book() {
        return world.ledger().book(device.user);
    }

    private void trace(String what) {
        world.trace(instance, () -> what);
    }

    // Connecting.

    void connect() {
        if (gone || wire != null) {
            return;
        }
        SimulatedNode node = world.anyNode();
        connected = false;
        live = false;
        asked.clear();
        transients.clear();
        lastHeard = world.turns().now();
        String query = "token=" + encoded(token()) + "&instance=" + instance;
        Position known = last;
        if (known != null) {
            query += "&lastMessageId=" + MessageId.of(known);
            confirm(known);
        }
        Wire made = new Wire(world, this, node, ++wires);
        wire = made;
        world.add(made);
        watch(made);
        made.open(envelope ? SimulatedNode.ENVELOPE : SimulatedNode.EVENT, query);
    }

    private String token() {
        long seconds = world.isHealed() ? 0 : world.weather().tokenSeconds;
        String who = device.user.tenant() + "/" + device.user.user() + "@" + device.name;
        return seconds == 0 ? who : who + "+" + (world.epochMillis() + seconds * 1_000);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Nothing is heard of a connection for too long: it is given up. */
    private void watch(Wire of) {
        world.turns().in(1_000 * MILLI, () -> {
            if (wire != of) {
                return;
            }
            if (!of.isStalled() && world.turns().now() - lastHeard > SILENCE) {
                trace("hears nothing of " + of);
                giveUp(of);
                again(0);
            } else {
                watch(of);
            }
        });
    }

    private void giveUp(Wire of) {
        wire = null;
        live = false;
        if (world.isHealed() || world.chance().happens(0.5)) {
            of.closeByClient(1006);
        } else {
            of.vanish();
        }
    }

    private void again(long least) {
        if (!gone) {
            world.turns().in(least + world.chance().upTo(800 * MILLI), this::connect);
        }
    }

    // What befalls it.

    /** It vanishes for the node, and comes back by itself, elsewhere or not. */
    void loseTouch() {
        Wire of = wire;
        if (of != null) {
            wire = null;
            live = false;
            of.vanish();
            again(0);
        }
    }

    void cut() {
        Wire of = wire;
        if (of != null) {
            of.cut();
        }
    }

    void stall(long nanos) {
        Wire of = wire;
        if (of != null) {
            of.stall(nanos);
        }
    }

    /** The page is closed. */
    void leave(boolean orderly) {
        gone = true;
        Wire of = wire;
        wire = null;
        live = false;
        if (of != null) {
            if (orderly) {
                trace("leaves");
                of.closeByClient(1001);
            } else {
                of.vanish();
            }
        }
    }

    /** Asks to be told again from where it stands, or from nowhere. */
    void askToResume(boolean nonsense) {
        Wire of = wire;
        Position known = last;
        if (of == null || !connected || known == null) {
            return;
        }
        String from = nonsense ? "nonsense" : MessageId.of(known).toString();
        asked.add(from);
        if (!nonsense) {
            confirm(known);
        }
        live = false;
        trace("asks to resume from " + (nonsense ? from : Ledger.text(known)));
        say(of, "resume", "RESUME", "{\"lastMessageId\":\"" + from + "\"}");
    }

    private void say(Wire to, String event, String word, String body) {
        to.say(
                envelope
                        ? "{\"type\":\"" + word + "\",\"payload\":" + body + "}"
                        : "{\"type\":\"" + event + "\",\"data\":" + body + "}");
    }

    // What it hears.

    void closed(Wire of, int code, String reason) {
        if (wire != of) {
            return;
        }
        wire = null;
        live = false;
        trace("is told " + code + " " + reason);
        switch (code) {
            case 4502 -> {
                world.replaced(this);
                again(500 * MILLI);
            }
            case 4501, 4503, 4504, 4505 -> world.violated(instance + " was sent away with " + code + " " + reason);
            case 1012, 1013 -> again(delayIn(reason));
            case 4500 -> {
                // Its token is new each time; a clock that runs ahead may take it for an old one for a while.
                tokenRefused = true;
                again(1_000 * MILLI);
            }
            default -> again(0);
        }
    }

    boolean wasTokenRefused() {
        return tokenRefused;
    }

    private static long delayIn(String reason) {
        int at = reason.indexOf("delayMs=");
        return at < 0 ? 0 : Long.parseLong(reason.substring(at + 8)) * MILLI;
    }

    void pinged(Wire of) {
        if (wire == of) {
            lastHeard = world.turns().now();
            confirm(last);
            of.pong();
        }
    }

    /** The network took a frame for it. */
    void written(String text) {
        if (acks == Acks.WRONGLY) {
            JsonNode frame = read(text);
            MessageId.positionIn(frame.path(envelope ? "messageId" : "id").asText())
                    .ifPresent(position -> {
                        if (position.compareTo(writtenTo) > 0) {
                            writtenTo = position;
                        }
                    });
        }
    }

    void received(Wire of, String text) {
        if (wire != of) {
            return;
        }
        lastHeard = world.turns().now();
        JsonNode frame = read(text);
        String type = frame.path("type").asText();
        JsonNode body = envelope ? frame.path("payload") : frame.path("data");
        switch (type) {
            case "connected", "CONNECTED" -> connected(envelope ? body : frame);
            case "ping" -> {
                confirm(last);
                of.say("{\"type\":\"pong\"}");
            }
            case "delivery:gap", "DELIVERY_GAP" -> gap(body);
            case "delivery:live", "DELIVERY_LIVE" -> {
                trace("is live at " + text(last));
                live = true;
                liveSince = world.turns().now();
            }
            case "message:new", "NEW_MESSAGE" ->
                message(of, frame.path(envelope ? "messageId" : "id").asText(), body);
            case "message:seen", "MESSAGE_SEEN" -> transientMessage(body);
            case "error", "ERROR" -> trace("is told " + text);
            case "auth:expiring", "TOKEN_EXPIRING" -> {
                if (world.chance().happens(0.7)) {
                    say(of, "auth:refresh", "TOKEN_REFRESH", "{\"token\":\"" + token() + "\"}");
                }
            }
            default -> {}
        }
    }

    private static JsonNode read(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException wrong) {
            throw new IllegalStateException("not JSON: " + text, wrong);
        }
    }

    private void connected(JsonNode body) {
        connected = true;
        Position start =
                MessageId.positionIn(body.path("lastMessageId").asText()).orElseThrow();
        trace("is connected, from " + Ledger.text(start));
        confirm(start);
        if (!body.path("userId").asText().equals(device.user.user())) {
            violated("is taken for user " + body.path("userId"));
        }
        Position known = last;
        if (known != null) {
            if (!known.equals(start)) {
                violated(
                        "asked to go on after " + Ledger.text(known) + " and is to be told from " + Ledger.text(start));
            }
            return;
        }
        last = start;
        at = book().indexAt(start);
        Integer owedFrom = device.owedFrom;
        if (owedFrom == null) {
            device.owedFrom = at;
            return;
        }
        for (int i = owedFrom + 1; i <= at && !device.lied; i++) {
            Ledger.Entry entry = book().entries().get(i);
            if (!entry.isLost() && entry.except == null && !device.got.contains(entry.number)) {
                violated("starts behind " + entry + ", which no page of the device ever got");
            }
        }
    }

    private void gap(JsonNode body) {
        Position to = MessageId.positionIn(body.path("to").asText()).orElseThrow();
        String reason = body.path("reason").asText();
        Position known = last;
        trace("is told of a gap to " + Ledger.text(to) + ", " + reason + ", and stands at " + text(known));
        boolean newEpoch = known != null
                && to.epoch() > known.epoch()
                && book().losses() > 0
                && (!known.isStart() || reason.equals("epoch"));
        // What it has not acknowledged it is told again from there, and what it has got may be gone by then.
        boolean again = acks != Acks.NEVER && acks != Acks.ALWAYS;
        boolean excused = newEpoch || again || asked.contains(body.path("from").asText());
        liveSince = world.turns().now();
        int reaches = book().indexAt(to);
        if (known == null || to.compareTo(known) > 0) {
            if (reaches <= at && !newEpoch && !asked.contains(body.path("from").asText())) {
                violated("is told of a gap to " + Ledger.text(to) + ", and nothing is missing");
            }
            for (int i = at + 1; i <= reaches; i++) {
                Ledger.Entry entry = book().entries().get(i);
                device.got.add(entry.number);
                if (!entry.isLost() && world.isHeld(device.user, entry.number)) {
                    violated("is told of a gap over " + entry + ", which is held");
                }
            }
            last = to;
            at = reaches;
        } else if (!excused && asked.isEmpty()) {
            violated("is told of a gap to " + Ledger.text(to) + ", which it is beyond");
        }
    }

    private void message(Wire of, String id, JsonNode body) {
        Position position = MessageId.positionIn(id).orElse(null);
        int number = body.path("id").asInt(-1);
        if (position == null) {
            violated("got the durable #" + number + " under the id " + id);
            return;
        }
        String owner = body.path("content").asText();
        if (!owner.equals(device.user.toString())) {
            violated("got #" + number + " of " + owner);
            return;
        }
        Position known = last;
        if (known == null) {
            violated("got #" + number + " before it was connected");
            return;
        }
        if (position.epoch() == known.epoch() && position.offset() <= known.offset()) {
            trace("drops #" + number + " at " + Ledger.text(position) + ", which it has");
            acknowledge(of, known);
            return;
        }
        trace("gets #" + number + " at " + Ledger.text(position));
        follows(position, number);
        acknowledge(of, position);
    }

    /** The message must be the next that it has not got. */
    private void follows(Position position, int number) {
        Ledger.Entry entry = book().entry(number, position);
        if (entry == null) {
            violated("got #" + number + ", which is in no mailbox");
            return;
        }
        Position known = last;
        if (position.offset() != entry.position.offset() || position.epoch() < entry.position.epoch()) {
            violated("got " + entry + " under the id of " + Ledger.text(position));
        }
        if (known != null && position.epoch() < known.epoch()) {
            violated("got " + entry + " after " + Ledger.text(known));
        }
        if (!entry.isFor(instance)) {
            violated("got " + entry + ", which it is excepted from");
        }
        // What it is told again, because it asked or did not acknowledge, has new ids where an epoch began meanwhile.
        boolean again = known != null
                && position.epoch() > known.epoch()
                && book().losses() > 0
                && (!asked.isEmpty() || acks != Acks.ALWAYS);
        if (entry.index <= at && !again) {
            violated("got " + entry + " again, as " + Ledger.text(position));
        }
        for (int i = at + 1; i < entry.index; i++) {
            Ledger.Entry missing = book().entries().get(i);
            if (!missing.isLost() && missing.isFor(instance) && !had.contains(missing.number)) {
                violated("got " + entry + " and never " + missing);
            }
        }
        at = entry.index;
        last = position;
        had.add(number);
        device.got.add(number);
    }

    private void transientMessage(JsonNode body) {
        int number = body.path("messageIds").path(0).asInt();
        if (!world.ownsTransient(device.user, number)) {
            violated("got the transient " + number + ", which is for others");
        }
        if (!transients.add(number)) {
            violated("got the transient " + number + " twice");
        }
    }

    private void acknowledge(Wire of, Position position) {
        Chance chance = world.chance();
        switch (acks) {
            case ALWAYS -> ack(of, position);
            case SOMETIMES -> {
                if (chance.happens(0.3)) {
                    ack(of, position);
                }
            }
            case LATE -> world.turns().in(chance.upTo(4_000 * MILLI), () -> ack(of, position));
            case NEVER -> {}
            case WRONGLY -> {
                device.lied = true;
                boolean beyond = chance.happens(0.5);
                ack(of, beyond ? new Position(position.epoch(), position.offset() + chance.below(5)) : position);
            }
        }
    }

    /** Acknowledges what it has, as it may at any time. */
    void acknowledgeAll() {
        Wire of = wire;
        Position known = last;
        if (of != null && connected && known != null && acks != Acks.NEVER) {
            ack(of, known);
        }
    }

    private void ack(Wire of, Position position) {
        if (wire == of) {
            if (acks != Acks.WRONGLY) {
                confirm(position);
            }
            trace("acknowledges " + Ledger.text(position));
            say(of, "ack", "ACK", "{\"messageId\":\"" + MessageId.of(position) + "\"}");
        }
    }

    private void confirm(@Nullable Position position) {
        if (position != null && position.compareTo(confirmed) > 0) {
            confirmed = position;
        }
    }

    // What it is owed.

    /** What it has not got of what was stored before a moment, or null. */
    Ledger.@Nullable Entry missing(long storedBefore) {
        for (int i = at + 1; i <= book().last(); i++) {
            Ledger.Entry entry = book().entries().get(i);
            if (entry.storedNanos < storedBefore && !entry.isLost() && entry.isFor(instance)) {
                return entry;
            }
        }
        return null;
    }

    /** Whether it has been live, and read all that came, for so long. */
    boolean isLiveSince(long moment) {
        Wire of = wire;
        return isLive() && of != null && of.hasReadSince(moment) && liveSince <= moment;
    }

    String state() {
        return instance + (wire == null ? " is not connected" : live ? " is live" : " is not live") + ", at "
                + text(last);
    }

    private static String text(@Nullable Position position) {
        return position == null ? "nowhere" : Ledger.text(position);
    }

    private void violated(String what) {
        world.violated(instance + " " + what);
    }
}
