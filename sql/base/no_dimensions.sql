-- Grain: none: no rows.
-- Definition: the dimensions of sessions where none is asked for.
-- Source: none.
CREATE OR REPLACE VIEW footfall.no_dimensions AS
SELECT
    toUInt64(0) AS raw_session_key,
    toUInt64(0) AS session_key,
    '' AS dimension,
    toUInt32(0) AS purchases
WHERE 0;
