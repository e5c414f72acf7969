-- Grain: one invite (or group buy opened), with what came of it.
-- Parameters: site String, start, end DateTime64(3, 'UTC') (of the invite).
-- Definition: mechanism invite: accepted = the persons, other than the inviter, who signed up with its code at most 14 days (end in) after;
--   a sign-up is the code's last invite's before it, and each person's first sign-up with the code counts. group_buy: accepted = the
--   persons, other than the opener, who joined the group; size = metrics.size of the opening. accepted: (person, at), by time.
-- Source: visit_events.
CREATE OR REPLACE VIEW footfall.invitations AS
SELECT
    i.mechanism AS mechanism,
    i.person_id AS person_id,
    i.at AS at,
    i.size AS size,
    arraySort(a -> a.2, groupArrayIf((j.person_id, j.at), j.person_id != '' AND j.person_id != i.person_id AND (i.mechanism = 'group_buy' OR j.at <= i.at + INTERVAL 14 DAY))) AS accepted
FROM
(
    SELECT
        if(event_name = 'invite', 'invite', 'group_buy') AS mechanism, group_id AS code, person_id, event_time AS at, event_id,
        toUInt64(greatest(metrics['size'], 0)) AS size,
        -- Until the same code is sent again.
        leadInFrame(event_time, 1, toDateTime64('2200-01-01 00:00:00', 3, 'UTC')) OVER (
            PARTITION BY mechanism, group_id ORDER BY event_time, event_id ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next_at
    FROM footfall.visit_events(
        site = {site:String}, start = {start:DateTime64(3, 'UTC')} - INTERVAL 14 DAY, end = {end:DateTime64(3, 'UTC')} + INTERVAL 14 DAY,
        names = ['invite', 'open_group_buy'], by = '')
    WHERE group_id != ''
) AS i
LEFT JOIN
(
    SELECT if(event_name = 'sign_up', 'invite', 'group_buy') AS mechanism, group_id AS code, person_id, min(event_time) AS at
    FROM footfall.visit_events(
        site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'),
        names = ['sign_up', 'join_group_buy'], by = '')
    WHERE group_id != ''
    GROUP BY mechanism, code, person_id
) AS j ON j.mechanism = i.mechanism AND j.code = i.code AND j.at >= i.at AND j.at < i.next_at
WHERE i.at >= {start:DateTime64(3, 'UTC')} AND i.at < {end:DateTime64(3, 'UTC')}
GROUP BY i.mechanism, i.code, i.person_id, i.at, i.event_id, i.size;
