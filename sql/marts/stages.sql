-- Grain: one stage of life, those without people too.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: as person_state. people; revenue = their net revenue so far, in the site's currency; share of all people (prospects
--   in); definition in words.
-- Source: person_state.
CREATE OR REPLACE VIEW footfall.stages AS
SELECT
    tupleElement(s, 1) AS stage,
    people,
    site_money({site:String}, revenue_) AS revenue,
    if(total = 0, NULL, people / total) AS share,
    tupleElement(s, 2) AS definition
FROM
(
    SELECT
        sumMap(map(stage, toUInt64(1))) AS counts,
        sumMap(map(stage, net_revenue)) AS sums,
        count() AS total
    FROM footfall.person_state(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
)
ARRAY JOIN
    [
        ('prospect', 'no order yet'),
        ('introduction', 'one order day, or first order at most 14 days ago'),
        ('growth', 'more order days and active days than in the stretch before'),
        ('mature', 'as many as in the stretch before'),
        ('decline', 'fewer order days or active days than in the stretch before'),
        ('dormant', 'quiet for more than 3 own cadences'),
        ('churned', 'quiet for more than 6 own cadences'),
        ('returned', 'came back after a gap of more than 6 own cadences')
    ] AS s,
    range(1, 9) AS place,
    arrayMap(x -> counts[x], ['prospect', 'introduction', 'growth', 'mature', 'decline', 'dormant', 'churned', 'returned']) AS people,
    arrayMap(x -> sums[x], ['prospect', 'introduction', 'growth', 'mature', 'decline', 'dormant', 'churned', 'returned']) AS revenue_
WHERE (SELECT ok FROM footfall.check_site(site = {site:String})) = 0
ORDER BY place;
