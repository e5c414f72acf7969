-- Grain: one person.
-- Parameters: site String, since, until Date, steps Array(String), within UInt64, mode String as in funnel; step UInt64 (1 to
--   the number of steps), state String (reached, dropped, pending).
-- Definition: the persons that funnel counts at that step in that state, with the times (UTC) of their shown attempt.
-- Source: funnel_steps.
CREATE OR REPLACE VIEW footfall.funnel_people AS
SELECT person_id, entered_at, reached_at, seconds AS seconds_from_previous
FROM footfall.funnel_steps(
    site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
    mode = {mode:String}, grain = '', by = '') AS f
WHERE (SELECT
        (SELECT ok FROM footfall.check_funnel(
            site = {site:String}, since = {since:Date}, until = {until:Date}, steps = {steps:Array(String)}, within = {within:UInt64},
            mode = {mode:String}, grain = 'day', by = ''))
        + throwIf({step:UInt64} = 0 OR {step:UInt64} > length({steps:Array(String)}),
            concat('step is ', toString({step:UInt64}), '; give 1 to ', toString(length({steps:Array(String)}))))
        + throwIf({state:String} NOT IN ('reached', 'dropped', 'pending'),
            concat('unknown state ''', {state:String}, '''; states: reached, dropped, pending'))) = 0
    AND f.step = {step:UInt64}
    AND (({state:String} = 'reached' AND f.reached) OR ({state:String} = 'dropped' AND f.dropped) OR ({state:String} = 'pending' AND f.pending))
ORDER BY person_id;
