-- Returns: a 64-bit hash that stands for a person_id (person_of) in joins and counts: the key of the session's own account, else of the one
-- its visitor was last known by (0: none), else the visitor's. Accounts' keys are of another hash than visitors'.
CREATE OR REPLACE FUNCTION person_key_of AS (own_key, known_key, visitor_key) ->
    if(own_key != 0, own_key, if(known_key != 0, known_key, visitor_key));
