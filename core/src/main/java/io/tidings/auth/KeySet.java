package io.tidings.auth;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The keys that are believed at one moment; immutable. */
final class KeySet {

    /** What came of checking a signature. */
    enum Verdict {
        /** A key made it. */
        HOLDS,
        /** The key that the token names did not make it. */
        FAILS,
        /** The token names a key that is not here, or none, and no key here made it. */
        UNKNOWN_KEY
    }

    private final List<VerificationKey> keys;

    KeySet(List<VerificationKey> keys) {
        this.keys = List.copyOf(keys);
    }

    int size() {
        return keys.size();
    }

    /** What the keys fit, together. */
    Set<String> algorithms() {
        Set<String> all = new HashSet<>();
        keys.forEach(key -> all.addAll(key.algorithms()));
        return all;
    }

    Verdict check(CompactToken token) {
        String keyId = token.keyId();
        boolean named = false;
        for (VerificationKey key : keys) {
            if (key.mayBe(keyId)) {
                if (key.verifies(token)) {
                    return Verdict.HOLDS;
                }
                named |= keyId != null && key.isNamed(keyId);
            }
        }
        return named ? Verdict.FAILS : Verdict.UNKNOWN_KEY;
    }
}
