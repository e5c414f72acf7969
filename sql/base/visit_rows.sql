-- Grain: one session of a person (bots out) that starts in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC').
-- Definition: the session with its person: its own account, else the one its visitor was last known by, else the visitor. Keys are hashes of
--   64 bits, for joins and counts; an account's is of another kind than a visitor's. Sessions that are not active are in, marked. Pruned
--   by id_time, which lies within a session: at most 48 hours after its start, or it is a bot's.
-- Source: session_rows, visitor_accounts.
CREATE OR REPLACE VIEW footfall.visit_rows AS
SELECT
    s.session_id AS session_id,
    s.session_key AS session_key,
    s.visitor_id AS visitor_id,
    s.visitor_key AS visitor_key,
    person_of(s.user_id, v.user_id, s.visitor_id) AS person_id,
    person_key_of(s.user_key, v.user_key, s.visitor_key) AS person_key,
    s.started_at AS started_at,
    s.ended_at AS ended_at,
    s.active_events > 0 AS active,
    s.engagement_ms >= 10000 OR s.page_views >= 2 OR hasAny(s.event_names, site_key_events({site:String})) AS engaged,
    s.events AS events,
    s.page_views AS page_views,
    s.engagement_ms AS engagement_ms,
    s.landing_page AS landing_page,
    s.exit_page AS exit_page,
    s.landing_path AS landing_path,
    s.exit_path AS exit_path,
    s.view_times AS view_times,
    s.view_pages AS view_pages,
    s.channel AS channel,
    s.source AS source,
    s.medium AS medium,
    s.campaign AS campaign,
    s.term AS term,
    s.content AS content,
    s.country AS country,
    s.language AS language,
    s.device AS device,
    s.platform AS platform,
    s.browser AS browser,
    s.event_names AS event_names,
    s.purchases AS purchases
FROM footfall.session_rows AS s FINAL
LEFT ANY JOIN (SELECT visitor_key, user_id, user_key FROM footfall.visitor_accounts WHERE site = {site:String}) AS v ON v.visitor_key = s.visitor_key
WHERE s.site = {site:String}
    AND NOT s.tombstone
    AND empty(s.bot_reasons)
    AND s.started_at >= {start:DateTime64(3, 'UTC')} AND s.started_at < {end:DateTime64(3, 'UTC')}
    AND s.id_time >= {start:DateTime64(3, 'UTC')} AND s.id_time < {end:DateTime64(3, 'UTC')} + INTERVAL 48 HOUR
SETTINGS do_not_merge_across_partitions_select_final = 1;
