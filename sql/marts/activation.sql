-- Grain: one local day of sign-up × dimension, gap-free to the earlier of until and as_of where `by` is ''.
-- Parameters: site String, since, until Date (local days, both in), event String (what makes a person active), within UInt64
--   (seconds from sign-up), by String (of the session of the sign-up; of started, of its start).
-- Definition: started = people with sign_up_start on the day; signed_up = people whose first sign_up ever is on it; activated = of
--   those, with the event after it, within `within` seconds, end in; rate = activated / signed_up; median_hours to it;
--   first_purchase_rate = of signed_up, with an order in that time. Rates and the median are NULL until the window has passed for all (mature).
-- Source: visit_events, orders_fact, as_of.
CREATE OR REPLACE VIEW footfall.activation AS
WITH
    site_zone({site:String}) AS zone,
    {within:UInt64} * 1000 AS window_ms,
    assumeNotNull((SELECT toUnixTimestamp64Milli(as_of) FROM footfall.as_of)) AS now_ms
SELECT
    period,
    toDateTime(period, zone) AS at,
    dimension,
    countIf(kind = 'started') AS started,
    countIf(kind = 'signed_up') AS signed_up,
    countIf(kind = 'signed_up' AND hours >= 0) AS activated,
    toUInt8(countIf(kind = 'signed_up' AND open) = 0) AS mature,
    if(signed_up = 0 OR NOT mature, NULL, activated / signed_up) AS rate,
    if(mature, quantileExactInclusiveOrNullIf(0.5)(hours, kind = 'signed_up' AND hours >= 0), NULL) AS median_hours,
    if(signed_up = 0 OR NOT mature, NULL, countIf(kind = 'signed_up' AND bought) / signed_up) AS first_purchase_rate
FROM
(
    SELECT
        toDate(fromUnixTimestamp64Milli(s.1, 'UTC'), zone) AS period,
        s.3 AS kind,
        s.2 AS dimension,
        if(did = 0, -1., (did - s.1) / 3600000) AS hours,
        s.1 + window_ms > now_ms AS open,
        arrayExists(t -> t > s.1 AND t <= s.1 + window_ms, orders) AS bought,
        arrayFirst(t -> t > s.1 AND t <= s.1 + window_ms, events) AS did
    FROM
    (
        SELECT
            arraySort(groupArrayIf(e.t, match_event)) AS events,
            any(o.orders) AS orders,
            arraySort(groupArrayIf((e.t, e.dimension, 'signed_up'), e.event_name = 'sign_up')) AS ups,
            arraySort(groupArrayIf((e.t, e.dimension, 'started'), e.event_name = 'sign_up_start')) AS starts,
            -- One start a day.
            arrayFilter((x, i) -> i = 1 OR toDate(fromUnixTimestamp64Milli(x.1, 'UTC'), zone) != toDate(fromUnixTimestamp64Milli(starts[i - 1].1, 'UTC'), zone), starts, arrayEnumerate(starts)) AS days
        FROM
        (
            SELECT person_key, toUnixTimestamp64Milli(event_time) AS t, toString(event_name) AS event_name, dimension,
                has(splitByChar('|', {event:String}), event_name) OR {event:String} = '' AS match_event
            FROM footfall.person_events(
                site = {site:String}, start = toDateTime64('1970-01-05 00:00:00', 3, 'UTC'), end = day_start({until:Date} + 1, zone) + toIntervalSecond({within:UInt64} + 1),
                names = if({event:String} = '', [''], arrayConcat(['sign_up', 'sign_up_start'], splitByChar('|', {event:String}))), by = dated_by({by:String}, {since:Date}))
        ) AS e
        LEFT ANY JOIN
        (
            SELECT person_key, groupArray(toUnixTimestamp64Milli(at)) AS orders FROM footfall.orders_fact WHERE site = {site:String} AND NOT bot GROUP BY person_key
        ) AS o ON o.person_key = e.person_key
        GROUP BY e.person_key
        HAVING notEmpty(ups) OR notEmpty(starts)
    )
    ARRAY JOIN arrayConcat(arraySlice(ups, 1, 1), days) AS s
    WHERE period >= {since:Date} AND period <= {until:Date}
    UNION ALL
    SELECT arrayJoin(period_list({since:Date}, least({until:Date}, toDate(fromUnixTimestamp64Milli(now_ms, 'UTC'), zone)), 'day')), '', '', -1, 0, 0, 0
    WHERE {by:String} = ''
)
WHERE (SELECT
        (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = {by:String}))
        + check_event({event:String})
        + throwIf({within:UInt64} = 0 OR {within:UInt64} > 31622400, concat('within is ', toString({within:UInt64}), '; give 1 to 31622400 seconds'))) = 0
GROUP BY period, dimension
ORDER BY period, dimension;
