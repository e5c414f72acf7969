-- Grain: one event in [start, end) that can fill a step of a funnel (in strict_order also those that can interrupt one).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), steps Array(String), mode String.
-- Definition: t = event_time in ms; mask: bit k − 1 is set if the event can fill step k; bots are out. session_key is as the
--   event row has it: of a session that may be absorbed. In strict_order page views and the shop's events are in with mask 0; other
--   events do not interrupt. milestone_steps where `milestones` has all that is asked, property_steps where a step asks for a property,
--   else event_steps: `merge` plans only the one that is named; they take the same parameters.
-- Source: milestone_steps, event_steps, property_steps.
CREATE OR REPLACE VIEW footfall.step_events AS
SELECT visitor_id, visitor_key, session_key, t, mask
-- The database by its name with a point, as migrate replaces it.
FROM merge(
    replaceOne('footfall.', '.', ''),
    if(steps_narrow({steps:Array(String)}, {mode:String}), '^milestone_steps$',
        if(empty(step_properties({steps:Array(String)})), '^event_steps$', '^property_steps$')))
WHERE {start:DateTime64(3, 'UTC')} < {end:DateTime64(3, 'UTC')} AND {site:String} != '';
