-- Grain: one person with a first-step event between since and until (and one period of entries, where `grain` is not '').
-- Parameters: as funnel_attempts: site String, since, until Date, steps Array(String), within UInt64 (seconds), mode, grain, by String.
-- Definition: t, m = times (ms) and masks (step_mask) of the person's events, in order; of equal times by the steps they can fill, in strict_increase
--   from the last to the first where no event can fill two (steps_tangled); first = the event opens an attempt in the period. entered_ms = the first entry; open: an attempt's window has
--   not passed by as_of (now_ms); mature_entry: an attempt's has. walked: an event can fill the second step; of the others t, m and first are
--   empty: their first entry says all.
-- Source: step_people, as_of.
CREATE OR REPLACE VIEW footfall.entered_people AS
WITH
    site_zone({site:String}) AS zone,
    toUInt64(toUnixTimestamp64Milli(day_start({since:Date}, site_zone({site:String})))) AS from_ms,
    toUInt64(toUnixTimestamp64Milli(day_start({until:Date} + 1, site_zone({site:String})))) AS to_ms
SELECT
    person_key,
    person_id,
    entry_session_key,
    if({grain:String} = '', {since:Date}, period_start(toDate(fromUnixTimestamp64Milli(toInt64(entered_ms)), zone), {grain:String})) AS period,
    t,
    m,
    arrayMap((x, y) -> bitTest(y, 0) AND x >= entered_ms AND x <= last_entered_ms, t, m) AS first,
    walked,
    entered_ms,
    -- Times rise: the last entry is open if one is, the first is mature if one is.
    last_entered_ms + {within:UInt64} * 1000 > now_ms AS open,
    entered_ms + {within:UInt64} * 1000 <= now_ms AS mature_entry,
    now_ms
FROM
(
    SELECT
        person_key,
        person_id,
        entry_session_key,
        walked,
        arrayMap(e -> intDiv(e, 4096), kept) AS t,
        arrayMap(e -> toUInt16(e % 4096), kept) AS m,
        piece[1] AS entered_ms,
        piece[-1] AS last_entered_ms,
        assumeNotNull((SELECT toUInt64(toUnixTimestamp64Milli(as_of)) FROM footfall.as_of)) AS now_ms
    FROM
    (
        -- In a query of its own: an arrayJoin over a lambda would be worked out once for each column that reads it.
        SELECT
            person_key,
            person_id,
            entry_session_key,
            walked,
            multiIf(
                NOT walked, emptyArrayUInt64(),
                ties AND NOT steps_tangled({steps:Array(String)}, {mode:String}),
                arraySort(e -> (intDiv(e, 4096), bitAnd(e, required_mask({steps:Array(String)})) * if({mode:String} = 'strict_increase', -1, 1)), events),
                events) AS kept,
            -- The entries of one period lie together, so that first and last say which they are.
            arrayJoin(if({grain:String} = '', [entries], arraySplit((x, p, before) -> p != before, entries, periods, arrayPopBack(arrayPushFront(periods, periods[1]))))) AS piece
        FROM
        (
            SELECT
                person_key,
                person_id,
                entry_session_key,
                events,
                arrayExists(e -> bitTest(toUInt16(e % 4096), required_bits({steps:Array(String)})[2]), events) AS walked,
                -- Where two events are at one time, and sometimes where they are 1 ms apart.
                walked AND arrayExists(d -> d < 4096, arrayPopFront(arrayDifference(events))) AS ties,
                arrayMap(e -> intDiv(e, 4096), arrayFilter(e -> bitTest(e, 0) AND e >= from_ms * 4096 AND e < to_ms * 4096, events)) AS entries,
                if({grain:String} = '', [], arrayMap(x -> period_start(toDate(fromUnixTimestamp64Milli(toInt64(x)), zone), {grain:String}), entries)) AS periods
            FROM footfall.step_people(
                site = {site:String},
                start = day_start({since:Date}, site_zone({site:String})),
                end = day_start({until:Date} + 1, site_zone({site:String})) + toIntervalMillisecond({within:UInt64} * 1000 + 1),
                until_start = day_start({until:Date} + 1, site_zone({site:String})),
                steps = {steps:Array(String)}, mode = {mode:String}, by = {by:String})
            WHERE notEmpty(entries)
        )
    )
);
