INSERT INTO test_row VALUES ('2');
UPDATE test_state SET value = '2' WHERE name = 'schema';
