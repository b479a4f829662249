package io.tidings.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Texts that nobody should write, the same for the same seed. */
final class Garbage {

    /** Stands in garbage where a client's own text stands; longer than any sentence may repeat. */
    static final String LONG = "Q".repeat(2_000);

    private static final int DEEP = 100_000;
    private static final String SPECIAL = "{}[]()<>\"',:;\\/-+.0eE\u0000\n\u2028\ud83d\ude00\ufffd ";

    private final Random random;

    Garbage(long seed) {
        random = new Random(seed);
    }

    /**
     * Random text, text that nests deeply, and what becomes of valid frames that are cut, changed and stuffed.
     *
     * @param valid   frames to start from; may be empty
     * @param perSeed how many texts are made of each
     */
    List<String> texts(List<String> valid, int perSeed) {
        List<String> texts =
                new ArrayList<>(List.of("", " ", "\u0000", "null", "0", "\"\"", "{}", "[]", "\ud83d", LONG));
        for (String open : List.of("[", "{\"a\":", "[{\"type\":", "(", "<a>", "\"", "\\")) {
            texts.add(open.repeat(DEEP));
        }
        for (int i = 0; i < perSeed; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            texts.add(new String(bytes, i % 2 == 0 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1));
        }
        for (String frame : valid) {
            for (int i = 0; i < perSeed; i++) {
                texts.add(mutated(frame));
            }
            texts.add(frame + frame);
            texts.add(frame.substring(0, frame.length() / 2) + "[".repeat(DEEP));
            int value = frame.indexOf(':') + 1;
            texts.add(frame.substring(0, value) + "[".repeat(DEEP) + frame.substring(value));
            texts.addAll(stuffed(frame));
        }
        return texts;
    }

    /** The frame with each of its words and names in turn replaced by a long one. */
    private static List<String> stuffed(String frame) {
        List<String> texts = new ArrayList<>();
        int open = frame.indexOf('"');
        while (open >= 0) {
            int close = frame.indexOf('"', open + 1);
            if (close < 0) {
                break;
            }
            texts.add(frame.substring(0, open + 1) + LONG + frame.substring(close));
            open = frame.indexOf('"', close + 1);
        }
        return texts;
    }

    private String mutated(String frame) {
        StringBuilder text = new StringBuilder(frame);
        for (int edits = 1 + random.nextInt(3); edits > 0 && !text.isEmpty(); edits--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(5)) {
                case 0 -> text.setLength(at);
                case 1 -> text.deleteCharAt(at);
                case 2 -> text.setCharAt(at, (char) random.nextInt(0x10000));
                case 3 -> text.setCharAt(at, SPECIAL.charAt(random.nextInt(SPECIAL.length())));
                default -> text.insert(at, text.substring(random.nextInt(text.length())));
            }
        }
        return text.toString();
    }
}
