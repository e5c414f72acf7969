-- Grain: one person with an event that can fill a step of a funnel.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), until_start DateTime64(3, 'UTC') (entries are before it),
--   steps Array(String), mode, by String.
-- Definition: events = event times in ms · 4096 + mask (bit k − 1: can fill step k), sorted; entry_session_id = session, as
--   its row has it, of the person's first event before until_start that can fill step 1 ('' where `by` is ''). person_id as
--   in visit_rows: by visitor, but by session where the visitor carried several accounts.
-- Source: step_events, visitor_accounts, shared_session_accounts.
CREATE OR REPLACE VIEW footfall.step_people AS
SELECT
    person_of(e.account, v.user_id, e.visitor_id) AS person_id,
    arraySort(groupArrayArray(e.events)) AS events,
    argMinIf(e.entry.2, (e.entry.1, e.visitor_id, e.entry.2), e.entry.1 > 0) AS entry_session_id
FROM
(
    SELECT
        e.visitor_id AS visitor_id,
        u.user_id AS account,
        groupArray(e.t * 4096 + e.mask) AS events,
        if({by:String} = '',
            (toUInt64(0), ''),
            minIf((e.t, e.session_id), bitTest(e.mask, 0) AND e.t < toUnixTimestamp64Milli({until_start:DateTime64(3, 'UTC')}))) AS entry
    FROM footfall.step_events(
        site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')},
        steps = {steps:Array(String)}, mode = {mode:String}) AS e
    LEFT ANY JOIN (SELECT raw_session_id, user_id FROM footfall.shared_session_accounts WHERE site = {site:String}) AS u
        ON u.raw_session_id = e.session_id
    GROUP BY e.visitor_id, u.user_id
) AS e
LEFT ANY JOIN (SELECT visitor_id, user_id FROM footfall.visitor_accounts WHERE site = {site:String}) AS v ON v.visitor_id = e.visitor_id
GROUP BY person_id;
