package io.tidings.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a message is, independent of how a dialect says it: a canonical name and the fields of its body. {@link Kinds} has
 * those of the protocol; hosts make their own and give each dialect a word for them.
 *
 * @param name        the canonical name, stable across versions because mailboxes and brokers carry it
 * @param fields      the body's fields, in the order in which they are written
 * @param conflatedBy what makes the conflation key of a transient message where the host names none: null for no key, empty
 *                    text for one key for the kind, else the name of the field whose value completes it
 * @param reaching    the name of the field that holds the user, or the users, of the sender's tenant whom a request of this kind
 *                    reaches, and of whom the authoriser is asked; null where it reaches nobody
 */
public record Kind(
        String name,
        List<Field> fields,
        @Nullable String conflatedBy,
        @Nullable String reaching) {

    /**
     * Copies the fields.
     *
     * @throws IllegalArgumentException when the name is no id, a field's name occurs twice, or the kind is conflated by a
     *                                  field that it lacks or that holds more than one value, or reaches users by a field that it
     *                                  lacks or that holds no ids
     */
    public Kind {
        Ids.check("kind", name);
        fields = List.copyOf(fields);
        long distinct = fields.stream().map(Field::name).distinct().count();
        if (distinct != fields.size()) {
            throw new IllegalArgumentException("kind " + name + " names a field twice");
        }
        if (conflatedBy != null && !conflatedBy.isEmpty()) {
            checkConflation(name, fields, conflatedBy);
        }
        if (reaching != null) {
            checkReaching(name, fields, reaching);
        }
    }

    private static void checkReaching(String name, List<Field> fields, String by) {
        boolean holds = fields.stream()
                .anyMatch(field ->
                        field.name().equals(by) && (field.type() == FieldType.ID || field.type() == FieldType.IDS));
        if (!holds) {
            throw new IllegalArgumentException(
                    "kind " + name + " reaches users by " + by + ", which is no field of ids");
        }
    }

    private static void checkConflation(String name, List<Field> fields, String by) {
        Field field = fields.stream()
                .filter(each -> each.name().equals(by))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "kind " + name + " is conflated by " + by + ", which is no field of it"));
        switch (field.type()) {
            case ID, TEXT, PROSE, LINK, WORD, TIME, FLAG, COUNT -> {}
            default ->
                throw new IllegalArgumentException(
                        "kind " + name + " is conflated by " + by + ", which does not hold one value");
        }
    }

    /** A kind that is not conflated. */
    public static Kind of(String name, Field... fields) {
        return new Kind(name, List.of(fields), null, null);
    }

    /** The same kind, conflated: the newest message of each value of a field, or of the kind where the name is empty. */
    public Kind conflated(String byField) {
        return new Kind(name, fields, byField, reaching);
    }

    /** The same kind, whose requests reach the users that a field holds, by an id or by ids. */
    public Kind reaching(String field) {
        return new Kind(name, fields, conflatedBy, field);
    }

    /** The ids of the users whom a canonical body reaches, each once. */
    public List<String> reached(ObjectNode body) {
        if (reaching == null) {
            return List.of();
        }
        JsonNode users = body.path(reaching);
        if (!users.isArray()) {
            return users.isValueNode() && !users.isNull() ? List.of(users.asText()) : List.of();
        }
        Set<String> ids = new LinkedHashSet<>();
        users.forEach(user -> ids.add(user.asText()));
        return List.copyOf(ids);
    }

    /** Checks a whole body and gives it its canonical form: known fields alone, in their order. */
    public Reading read(String path, JsonNode body, TimeFormat times) {
        return body.isObject()
                ? Field.readAll(fields, path, body, times)
                : new Reading.Problem(path, "must be an object");
    }

    /** The conflation key of a canonical body, or null for none. */
    public @Nullable String keyOf(ObjectNode body) {
        if (conflatedBy == null) {
            return null;
        }
        return conflatedBy.isEmpty()
                ? name
                : name + ':' + body.path(conflatedBy).asText();
    }
}
