-- Grain: one person with a search, a survey response or a consent, by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: top_term = the most searched term, lower case (of equals the first); nps, csat = scores of the last response that is in range;
--   consent_ads = of the last event that no server sent. Persons by their visitors' accounts as of then.
-- Source: event_rows, visitor_accounts_at, bot_sessions.
CREATE OR REPLACE VIEW footfall.person_voice AS
SELECT
    person_of(e.user_id, v.user_id, e.visitor_id) AS person_id,
    sumMapIf(map(e.term, toUInt64(1)), e.term != '') AS terms,
    arraySort(x -> (-x.2, x.1), arrayZip(mapKeys(terms), mapValues(terms)))[1].1 AS top_term,
    argMaxOrNullIf(e.score, (e.event_time, e.event_id), e.survey = 'nps' AND e.score BETWEEN 0 AND 10) AS nps,
    argMaxOrNullIf(e.score, (e.event_time, e.event_id), e.survey = 'csat' AND e.score BETWEEN 1 AND 5) AS csat,
    argMaxIf(e.consent_ads, (e.event_time, e.event_id), e.platform != 'server') AS consent_ads
FROM
(
    SELECT
        user_id, visitor_id, platform, event_time, event_id, score, consent_ads, lower(trimBoth(search_term)) AS term,
        if(event_name = 'survey_response', params['survey'], '') AS survey
    FROM footfall.event_rows FINAL
    WHERE site = {site:String} AND event_time <= {as_of:DateTime64(3, 'UTC')}
        AND session_id NOT IN (SELECT raw_session_id FROM footfall.bot_sessions WHERE site = {site:String})
) AS e
LEFT ANY JOIN footfall.visitor_accounts_at(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')}) AS v ON v.visitor_id = e.visitor_id
GROUP BY person_id
SETTINGS do_not_merge_across_partitions_select_final = 1;
