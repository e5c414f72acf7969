-- Grain: none: no rows.
-- Definition: the dimensions of sessions where none is asked for.
-- Source: none.
CREATE OR REPLACE VIEW footfall.no_dimensions AS
SELECT
    toUInt64(0) AS raw_session_key,
    '' AS dimension,
    toDateTime64(0, 3, 'UTC') AS started_at,
    toDateTime64(0, 3, 'UTC') AS ended_at,
    CAST([], 'Array(LowCardinality(String))') AS event_names
WHERE 0;
