-- Grain: one session, its newest state, tombstones gone; without orders and person, so that it joins nothing.
-- Definition: the columns of session_rows; active = at least one event by which a person was there; bot = a reason says so.
-- Source: session_rows.
CREATE OR REPLACE VIEW footfall.session_facts AS
SELECT * EXCEPT (tombstone, state), active_events > 0 AS active, notEmpty(bot_reasons) AS bot
FROM footfall.session_rows FINAL
WHERE NOT tombstone
SETTINGS do_not_merge_across_partitions_select_final = 1;
