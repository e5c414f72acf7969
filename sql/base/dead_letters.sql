-- Grain: one rejected record, whole, until a replayed copy of it is accepted.
-- Definition: key and bytes as they came; reason from the closed list of the contract; detail for people.
-- Source: dead_letter_rows, event_rows.
CREATE OR REPLACE VIEW footfall.dead_letters AS
SELECT
    topic, epoch, partition, offset, arrival, key, bytes, headers, reason, detail, site, platform, replay_of
FROM footfall.dead_letter_rows FINAL
WHERE concat(topic, '-', toString(epoch), '-', toString(partition), '-', toString(offset)) NOT IN
    (SELECT replay_of FROM footfall.event_rows WHERE replay_of != '')
SETTINGS do_not_merge_across_partitions_select_final = 1;
