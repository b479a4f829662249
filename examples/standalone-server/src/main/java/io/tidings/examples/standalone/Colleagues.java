package io.tidings.examples.standalone;

import io.tidings.auth.Authorizer;
import io.tidings.auth.Identity;
import io.tidings.message.Topic;
import io.tidings.message.UserKey;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What users of this server may do: reach and see everybody of their tenant, and nobody else; the topics are those of presence alone. */
final class Colleagues implements Authorizer {

    private static final String PRESENCE = "presence:";

    @Override
    public CompletionStage<Boolean> maySubscribe(Identity identity, Topic topic) {
        String name = topic.name();
        return CompletableFuture.completedFuture(
                topic.tenant().equals(identity.user().tenant())
                        && name.startsWith(PRESENCE)
                        && name.length() > PRESENCE.length());
    }

    @Override
    public CompletionStage<Boolean> maySee(Identity from, UserKey user) {
        return CompletableFuture.completedFuture(from.user().tenant().equals(user.tenant()));
    }
}
