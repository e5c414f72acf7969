-- Grain: one order × touch that is credited (an order without a touch: one row of channel '(none)').
-- Parameters: site String, since, until Date (local days of the order, both in), model String (first, last, last_non_direct, linear,
--   position, time_decay, markov), lookback_days UInt64, by String.
-- Definition: touches = the person's active sessions, on any device, that start within lookback_days (of 24 h, both ends in)
--   before the order, the one it was bought in included, by (start, session id). Their weights: linear 1 each; position 40 %
--   the first, 40 % the last, 20 % over those between (of two half each); time_decay halves every 7 days; last_non_direct is
--   the last where all are Direct; markov: each channel of the path by its removal effect as fitted last for this lookback,
--   over its touches evenly; where it is not fitted, or no channel of the path has an effect, all credit goes to the
--   channel '(not fitted)'. credited_net and credited_margin (minor units of the site's currency, NULL as the order's) are shared
--   to the unit: largest remainder, ties to the earlier touch. credited_order: the touch's share of the order.
-- Source: site_orders, visits, models.
CREATE OR REPLACE VIEW footfall.attribution AS
WITH
    site_zone({site:String}) AS zone,
    day_start({since:Date}, zone) AS start,
    day_start({until:Date} + 1, zone) AS end,
    toIntervalDay({lookback_days:UInt64}) AS lookback,
    -- Removal effects as whole numbers, so that shares are exact: 2^40 is an effect of 1.
    (
        SELECT mapFromArrays(groupArray(parameter), groupArray(toUInt64(round(value * 1099511627776))))
        FROM
        (
            SELECT parameter, value, as_of = max(as_of) OVER () AS newest
            FROM footfall.models FINAL
            WHERE {model:String} = 'markov' AND site = {site:String} AND model = 'markov' AND lookback_days = {lookback_days:UInt64}
        )
        WHERE newest AND parameter NOT IN ('converged', 'log_likelihood', 'people')
    ) AS effects
SELECT
    transaction,
    person_id,
    at,
    day,
    number,
    touch.1 AS touched_at,
    touch.2 AS session_id,
    touch.3 AS channel,
    touch.4 AS campaign,
    touch.5 AS dimension,
    toFloat64(weight) / toFloat64(total) AS credited_order,
    if(net IS NULL, NULL, credited_net_) AS credited_net,
    if(margin IS NULL, NULL, credited_margin_) AS credited_margin
FROM
(
    SELECT *, arraySum(weights) AS total, share_out(ifNull(net, 0), weights) AS nets, share_out(ifNull(margin, 0), weights) AS margins
    FROM
    (
        SELECT
            * EXCEPT (found, weighed),
            if(arraySum(weighed) > 0, found, [(at, session_id, '(not fitted)', '(not fitted)', dimension)]) AS touches,
            if(arraySum(weighed) > 0, weighed, [toUInt64(1)]) AS weights
        FROM
        (
            SELECT
                *,
                length(found) AS n,
                arrayMap(
                    (t, i) -> multiIf(
                        {model:String} = 'first', toUInt64(i = 1),
                        {model:String} = 'last', toUInt64(i = n),
                        {model:String} = 'last_non_direct', toUInt64(i = if(non_direct = 0, n, non_direct)),
                        {model:String} = 'position', toUInt64(if(n <= 2, 1, if(i IN (1, n), 2 * (n - 2), 1))),
                        -- In whole numbers, back from the last touch, which weighs 2^52.
                        {model:String} = 'time_decay',
                            toUInt64(round(exp2(52 - (toUnixTimestamp64Milli(found[-1].1) - toUnixTimestamp64Milli(t.1)) / 604800000))),
                        {model:String} = 'markov' AND t.3 != '(none)', intDiv(effects[t.3] * 1024, arrayCount(x -> x.3 = t.3, found)),
                        toUInt64(1)),
                    found, arrayEnumerate(found)) AS weighed
            FROM
            (
                SELECT *, if({model:String} = 'last_non_direct', arrayLastIndex(t -> t.3 != 'Direct', found), 0) AS non_direct
                FROM
                (
                    SELECT
                        o.transaction AS transaction, o.person_id AS person_id, o.session_id AS session_id, o.at AS at, o.day AS day,
                        o.number AS number, o.net AS net, o.margin AS margin, own.dimension AS dimension,
                        arrayFilter(t -> t.1 <= o.at AND t.1 >= o.at - lookback, p.sessions) AS within,
                        if(notEmpty(within), within, [(o.at, o.session_id, '(none)', '(none)', own.dimension)]) AS found
                    FROM (SELECT * FROM footfall.site_orders(site = {site:String}) WHERE at >= start AND at < end) AS o
                    LEFT ANY JOIN
                    (
                        SELECT
                            person_id,
                            -- Of equal starts by visitor, whatever arrived first.
                            arrayMap(x -> (x.1, x.3, x.4, x.5, x.6), arraySort(groupArray((started_at, visitor_id, session_id, toString(channel), if(campaign = '', '(none)', toString(campaign)), dimension)))) AS sessions
                        FROM footfall.visits(site = {site:String}, start = start - lookback, end = end, by = {by:String})
                        WHERE active
                        GROUP BY person_id
                    ) AS p ON p.person_id = o.person_id
                    LEFT ANY JOIN
                    (
                        SELECT session_id, dimension
                        FROM footfall.visits(site = {site:String}, start = start - INTERVAL 48 HOUR, end = end, by = {by:String})
                        WHERE {by:String} != ''
                    ) AS own ON own.session_id = o.session_id
                )
            )
        )
    )
)
ARRAY JOIN touches AS touch, weights AS weight, nets AS credited_net_, margins AS credited_margin_
WHERE weight > 0;
