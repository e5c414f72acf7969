-- Returns: one number for what was done and when: the place of a fact (experiment_facts, sorted by number) and ms since 1970, so that
-- those of one fact in [from, to) are the numbers between their codes.
CREATE OR REPLACE FUNCTION act_code AS (place, ms) -> toUInt64(place) * 4398046511104 + toUInt64(ms);
