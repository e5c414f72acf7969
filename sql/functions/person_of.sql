-- Returns: a person's id: the session's own account, else the one that its visitor was last known by, else the visitor.
CREATE OR REPLACE FUNCTION person_of AS (own, known, visitor) ->
    multiIf(own != '', concat('u:', own), known != '', concat('u:', known), concat('v:', visitor));
