package io.tidings.message;

/** What a field of a message's body holds. */
public enum FieldType {
    /** One id; see {@link Ids}. */
    ID,
    /** An array of ids; {@link Field#max()} is how many. */
    IDS,
    /** Text; {@link Field#max()} is in Unicode code points. */
    TEXT,
    /** Text that people write for people, which a {@link io.tidings.spi.Sanitizer} goes over when a client sent it; else as {@link #TEXT}. */
    PROSE,
    /** A link that is relative, http or https, and that browsers read as it stands; {@link Field#max()} is in Unicode code points. */
    LINK,
    /** One of {@link Field#words()}. */
    WORD,
    /** An array of texts of at most {@link Ids#MAX_LENGTH} characters each; {@link Field#max()} is how many. */
    TEXTS,
    /** A moment: epoch milliseconds in a canonical body, as the dialect writes it on the wire. */
    TIME,
    /** True or false. */
    FLAG,
    /** An integer from 0 to 2<sup>53</sup>−1. */
    COUNT,
    /** An object whose values are counts; {@link Field#max()} is how many. */
    COUNTS,
    /** An object with {@link Field#children()}. */
    OBJECT,
    /** Any JSON value. */
    ANY
}
