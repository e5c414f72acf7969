-- Grain: one person with an event that can fill a step of a funnel.
-- Parameters: site String, start, end DateTime64(3, 'UTC'), until_start DateTime64(3, 'UTC') (entries are before it),
--   steps Array(String), mode, by String.
-- Definition: events = event times in ms · 4096 + mask (bit k − 1: can fill step k), sorted; entry_session_key = session, as
--   its row has it, of the person's first event before until_start that can fill step 1 (of equal times by visitor, as in visit_place; 0
--   where `by` is ''). Persons as in visit_rows: by visitor, but by session where the visitor carried several accounts.
-- Source: step_events, shared_visitors, visitor_accounts, shared_session_accounts.
CREATE OR REPLACE VIEW footfall.step_people AS
SELECT
    person_key_of(u.user_key, v.user_key, e.visitor_key) AS person_key,
    any(person_of(u.user_id, v.user_id, e.visitor_id)) AS person_id,
    arraySort(groupArrayArray(e.events)) AS events,
    if({by:String} = '',
        toUInt64(0),
        argMinIf(e.entry_session_key, bitOr(bitShiftLeft(toUInt128(e.entry_t), 64), toUInt128(e.visitor_key)), e.entry_t > 0)) AS entry_session_key
FROM
(
    -- By visitor first, of whom there are fewer than events, so that accounts are joined to less.
    SELECT
        if(visitor_key IN (SELECT visitor_key FROM footfall.shared_visitors WHERE site = {site:String}), session_key, 0) AS own_session_key,
        visitor_key,
        any(visitor_id) AS visitor_id,
        groupArray(t * 4096 + mask) AS events,
        minIf(t, bitTest(mask, 0) AND t < toUnixTimestamp64Milli({until_start:DateTime64(3, 'UTC')})) AS entry_t,
        argMinIf(session_key, t, bitTest(mask, 0) AND t < toUnixTimestamp64Milli({until_start:DateTime64(3, 'UTC')})) AS entry_session_key
    FROM footfall.step_events(
        site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')},
        steps = {steps:Array(String)}, mode = {mode:String})
    GROUP BY own_session_key, visitor_key
) AS e
LEFT ANY JOIN (SELECT raw_session_key, user_id, user_key FROM footfall.shared_session_accounts WHERE site = {site:String}) AS u
    ON u.raw_session_key = e.own_session_key
LEFT ANY JOIN (SELECT visitor_key, user_id, user_key FROM footfall.visitor_accounts WHERE site = {site:String}) AS v ON v.visitor_key = e.visitor_key
GROUP BY person_key;
