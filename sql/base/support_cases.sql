-- Grain: one case of support whose first contact lies in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: case = params.case_id, or the contact itself where that is empty; one not heard of for 90 days begins anew. channel (params.channel) and stage (pre_sale,
--   after_sale) of the first contact, person_id and dimension its session's. first_reply_at, first_bot_at, first_human_at: replies
--   from then on; resolved_at = the first support_resolved; reopened = a contact came after it; contacts = how many; csat = the
--   score of the last survey_response (survey csat, 1 to 5) that names the case.
-- Source: visit_events.
CREATE OR REPLACE VIEW footfall.support_cases AS
SELECT
    case_id,
    argMinIf(e.params['channel'], (e.event_time, e.event_id), e.event_name = 'support_contact') AS channel,
    argMinIf(e.params['stage'], (e.event_time, e.event_id), e.event_name = 'support_contact') AS stage,
    argMinIf(e.person_id, (e.event_time, e.event_id), e.event_name = 'support_contact') AS person_id,
    argMinIf(e.dimension, (e.event_time, e.event_id), e.event_name = 'support_contact') AS dimension,
    minIf(e.event_time, e.event_name = 'support_contact') AS contacted_at,
    countIf(e.event_name = 'support_contact') AS contacts,
    minOrNullIf(e.event_time, e.event_name = 'support_reply') AS first_reply_at,
    minOrNullIf(e.event_time, e.event_name = 'support_reply' AND e.params['handled_by'] = 'bot') AS first_bot_at,
    maxOrNullIf(e.event_time, e.event_name = 'support_reply' AND e.params['handled_by'] = 'human') AS last_human_at,
    minOrNullIf(e.event_time, e.event_name = 'support_resolved') AS resolved_at,
    ifNull(maxIf(e.event_time, e.event_name = 'support_contact') > resolved_at, 0) AS reopened,
    argMaxOrNullIf(e.score, (e.event_time, e.event_id), e.event_name = 'survey_response') AS csat
FROM
(
    SELECT *, if(params['case_id'] = '', event_id, params['case_id']) AS case_id
    FROM footfall.visit_events(
        site = {site:String}, start = {start:DateTime64(3, 'UTC')} - INTERVAL 90 DAY, end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'),
        names = ['support_contact', 'support_reply', 'support_resolved', 'survey_response'], by = {by:String})
    WHERE event_name != 'survey_response' OR (params['survey'] = 'csat' AND params['case_id'] != '' AND ifNull(score BETWEEN 1 AND 5, 0))
) AS e
GROUP BY case_id
HAVING contacts > 0 AND contacted_at >= {start:DateTime64(3, 'UTC')} AND contacted_at < {end:DateTime64(3, 'UTC')};
