package io.tidings;

import io.tidings.message.UserKey;
import io.tidings.policy.ConnectionLimits;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Connections of one user that come and go side by side. Each comes and goes once at most, as in life. What is asked is the
 * user's entry: the map by id is ahead of it for a moment by design.
 */
@Tag("R30")
public class RegistryLincheck {

    private static final UserKey USER = UserKey.of(123);

    /** Two of one instance, and two of others; made by a hub whose registry is not the one that is looked at. */
    private static final List<HubConnection> CONNECTIONS = connections();

    private final Registry registry =
            new Registry(CONNECTIONS.get(0).engine(), new ConnectionLimits(2, ConnectionLimits.TooMany.CLOSE_OLDEST));

    private static List<HubConnection> connections() {
        HubFixture fixture = new HubFixture();
        return List.of("a", "a", "b", "c").stream()
                .map(instance -> {
                    TestConnection client = fixture.open(HubFixture.EVENT, "token=123@phone&instance=" + instance);
                    String id = client.take("connected").at("/connectionId").asText();
                    return (HubConnection) fixture.hub.connections(USER).stream()
                            .filter(connection -> connection.id().equals(id))
                            .findFirst()
                            .orElseThrow();
                })
                .toList();
    }

    private static String names(List<HubConnection> connections) {
        return connections.stream()
                .map(connection -> Integer.toString(CONNECTIONS.indexOf(connection)))
                .collect(Collectors.joining(","));
    }

    private String add(int which) {
        return registry.add(CONNECTIONS.get(which)) instanceof Registry.Added.In in
                ? names(in.replaced()) + " " + names(in.displaced())
                : "refused";
    }

    @Operation(runOnce = true)
    public String addFirst() {
        return add(0);
    }

    @Operation(runOnce = true)
    public String addItsReconnect() {
        return add(1);
    }

    @Operation(runOnce = true)
    public String addAnother() {
        return add(2);
    }

    @Operation(runOnce = true)
    public String addAThird() {
        return add(3);
    }

    @Operation(runOnce = true)
    public boolean removeFirst() {
        return registry.remove(CONNECTIONS.get(0));
    }

    @Operation(runOnce = true)
    public boolean removeItsReconnect() {
        return registry.remove(CONNECTIONS.get(1));
    }

    @Operation(runOnce = true)
    public boolean removeAnother() {
        return registry.remove(CONNECTIONS.get(2));
    }

    @Operation
    public String user() {
        UserEntry entry = registry.user(USER);
        return entry == null ? "nobody" : names(Arrays.asList(entry.connections()));
    }

    /** Both maps say the same once nothing is under way, and no entry is empty. */
    @Validate
    public void bothMapsSayTheSame() {
        UserEntry entry = registry.user(USER);
        Set<String> byUser = new TreeSet<>();
        if (entry != null) {
            Arrays.stream(entry.connections()).map(HubConnection::id).forEach(byUser::add);
            if (byUser.isEmpty()) {
                throw new IllegalStateException("an entry without connections");
            }
        }
        Set<String> byId = new TreeSet<>();
        registry.connections().forEach(connection -> byId.add(connection.id()));
        if (!byId.equals(byUser)) {
            throw new IllegalStateException("by id " + byId + ", by user " + byUser);
        }
    }

    @Test
    @Timeout(900)
    void holds_underStress() {
        Checked.underStress(RegistryLincheck.class);
    }
}
