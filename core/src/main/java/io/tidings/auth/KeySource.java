package io.tidings.auth;

import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where the keys come from.
 *
 * <p><b>Threads.</b> Methods are called concurrently and do not block.
 */
interface KeySource {

    /** What its keys may fit; a token of another algorithm is refused without asking. */
    Set<String> algorithms();

    /** The keys to try first, or null where newer ones are to be waited for. */
    @Nullable
    KeySet held();

    /**
     * The keys for a token that none of {@link #held} fits: newer ones where they can be had, else the same.
     *
     * @param bytes what the waiting token occupies
     * @return null when there never are others; fails with {@link IllegalStateException} when there are no keys at all
     */
    @Nullable
    CompletionStage<KeySet> newer(int bytes);

    /** Keys that never change. */
    static KeySource fixed(KeySet keys) {
        return new KeySource() {
            @Override
            public Set<String> algorithms() {
                return keys.algorithms();
            }

            @Override
            public KeySet held() {
                return keys;
            }

            @Override
            public @Nullable CompletionStage<KeySet> newer(int bytes) {
                return null;
            }
        };
    }
}
