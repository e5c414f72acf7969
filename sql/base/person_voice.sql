-- Grain: one person with an event by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: top_term = the most searched term, lower case (of equals the first); nps, csat = scores of the last response that is in range;
--   consent_ads = of the last event that no server sent (of equal times the one that allows). Persons by their visitors' accounts as of then.
-- Source: event_rows, visitor_accounts_at, bot_sessions.
CREATE OR REPLACE VIEW footfall.person_voice AS
SELECT
    c.person_id AS person_id,
    s.top_term AS top_term,
    s.nps AS nps,
    s.csat AS csat,
    c.consent_ads AS consent_ads
FROM
(
    SELECT person_of(e.account, v.user_id, e.visitor) AS person_id, max(e.last) % 2 = 1 AS consent_ads
    FROM
    (
        -- By visitor and account first, of whom there are fewer than events.
        SELECT
            any(visitor_id) AS visitor,
            any(user_id) AS account,
            -- Time and consent in one number, so that the greatest is the last.
            maxIf(toUInt64(toUnixTimestamp64Milli(event_time)) * 2 + consent_ads, platform != 'server') AS last
        FROM footfall.event_rows FINAL
        WHERE site = {site:String} AND event_time <= {as_of:DateTime64(3, 'UTC')}
            AND session_key NOT IN (SELECT raw_session_key FROM footfall.bot_sessions WHERE site = {site:String})
        GROUP BY visitor_key, sipHash64(user_id)
    ) AS e
    LEFT ANY JOIN footfall.visitor_accounts_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS v ON v.visitor_id = e.visitor
    GROUP BY person_id
) AS c
LEFT ANY JOIN
(
    SELECT
        person_id,
        arrayFirst(x -> 1, arraySort(x -> (-x.2, x.1), groupArrayIf((term, n), term != ''))).1 AS top_term,
        argMaxOrNullArray(nps_scores.2, nps_scores.1) AS nps,
        argMaxOrNullArray(csat_scores.2, csat_scores.1) AS csat
    FROM
    (
        SELECT
            person_of(e.user_id, v.user_id, e.visitor_id) AS person_id,
            e.term AS term,
            count() AS n,
            groupArrayIf(((e.event_time, e.event_id), assumeNotNull(e.score)), e.survey = 'nps' AND ifNull(e.score BETWEEN 0 AND 10, 0)) AS nps_scores,
            groupArrayIf(((e.event_time, e.event_id), assumeNotNull(e.score)), e.survey = 'csat' AND ifNull(e.score BETWEEN 1 AND 5, 0)) AS csat_scores
        FROM
        (
            SELECT
                user_id, visitor_id, event_time, event_id, score, lower(trimBoth(search_term)) AS term,
                if(event_name = 'survey_response', params['survey'], '') AS survey
            FROM footfall.event_rows FINAL
            PREWHERE search_term != '' OR event_name = 'survey_response'
            WHERE site = {site:String} AND event_time <= {as_of:DateTime64(3, 'UTC')}
                AND session_key NOT IN (SELECT raw_session_key FROM footfall.bot_sessions WHERE site = {site:String})
        ) AS e
        LEFT ANY JOIN footfall.visitor_accounts_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS v ON v.visitor_id = e.visitor_id
        GROUP BY person_id, term
    )
    GROUP BY person_id
) AS s ON s.person_id = c.person_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
