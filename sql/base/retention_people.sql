-- Grain: one person with a first start.
-- Parameters: site String, until DateTime64(3, 'UTC') (starts are before it), start_event, return_event, by String.
-- Definition: starts and returns = times (ms, sorted): of active sessions' starts where the event is '', else of the event;
--   bots out. dimension: of the session of the first start (of equal times by visitor, as in visit_place).
-- Source: visit_times, event_times: `merge` plans those that are named; they take the same parameters.
CREATE OR REPLACE VIEW footfall.retention_people AS
SELECT
    person_key,
    arraySort(groupArrayIf(t, is_start)) AS starts,
    arraySort(groupArrayIf(t, is_return)) AS returns,
    if({by:String} = '', '', argMinIf(dimension, bitOr(bitShiftLeft(toUInt128(t), 64), cityHash64(visitor_id)), is_start)) AS dimension
-- The database by its name with a point, as migrate replaces it.
FROM merge(
    replaceOne('footfall.', '.', ''),
    if({start_event:String} = '' AND {return_event:String} = '', '^visit_times$',
        if({start_event:String} = '' OR {return_event:String} = '', '^(visit_times|event_times)$', '^event_times$')))
WHERE {site:String} != '' AND {until:DateTime64(3, 'UTC')} > toDateTime64(0, 3, 'UTC')
GROUP BY person_key
HAVING notEmpty(starts);
