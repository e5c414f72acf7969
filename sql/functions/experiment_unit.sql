-- Returns: the 64-bit number of a unit of experiments: of a person (person_key_of) or, by_visitor, of the visitor: another than
-- the one that the visitor has as a person, so that the two never meet.
CREATE OR REPLACE FUNCTION experiment_unit AS (by_visitor, own_key, known_key, visitor_key) ->
    if(by_visitor, bitNot(visitor_key), person_key_of(own_key, known_key, visitor_key));
