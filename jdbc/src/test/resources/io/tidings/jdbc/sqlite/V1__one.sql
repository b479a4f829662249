-- A comment; with a semicolon.
CREATE TABLE test_state (name TEXT, value TEXT);
INSERT INTO test_state VALUES ('schema', '1');
CREATE TABLE test_row (
    text TEXT
);
INSERT INTO test_row VALUES ('1');
