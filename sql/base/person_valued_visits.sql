-- Grain: one session of a person (bots out) that starts in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: visit_rows with `dimension`, the value that the session's person had of profile:KEY, segment:NAME or variation:EXPERIMENT when
--   the session started.
-- Source: visit_rows, person_values.
CREATE OR REPLACE VIEW footfall.person_valued_visits AS
SELECT s.*, if(p.person_id = '', value_of_others({by:String}), p.value) AS dimension
FROM footfall.visit_rows(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')}) AS s
ASOF LEFT JOIN footfall.person_values(site = {site:String}, by = {by:String}) AS p
    ON p.person_id = s.person_id AND s.started_at >= p.since;
