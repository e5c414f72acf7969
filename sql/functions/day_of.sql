-- Returns: the local day of an instant in a zone (a constant), as Date.
CREATE OR REPLACE FUNCTION day_of AS (at, zone) -> toDate(at, zone);
