-- Grain: one experiment: how many people it has, by variation.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), cells String (of experiment_cells, by any dimension: all of its
--   values are taken together).
-- Definition: exposed (all of them), earliest = the first exposure's ms (0 without), all_several, all_bots, unknown (saw a variation that the list lacks);
--   by variation, in the order of the list: people alone in it, multiples (first seen there, then another), robots, early and late = people
--   before and from the middle day on, by_day = people up to each day.
-- Source: experiment_scope.
CREATE OR REPLACE VIEW footfall.experiment_splits AS
WITH
    days AS
    (
        SELECT
            tupleElement(c, 'number') AS number, tupleElement(c, 'arm') AS arm, tupleElement(c, 'day') AS day,
            toInt64(tupleElement(c, 'n')) AS everybody, tupleElement(c, 'several') AS several, tupleElement(c, 'bots') AS bots,
            tupleElement(c, 'first_ms') AS first_ms
        FROM (SELECT arrayJoin(cells_of({cells:String})) AS c)
        WHERE tupleElement(c, 'position') = 0 AND tupleElement(c, 'day') >= 0
    ),
    arms AS
    (
        SELECT
            number,
            minIf(first_ms, everybody > 0) AS earliest,
            sum(everybody) AS exposed,
            sum(several) AS all_several,
            sum(bots) AS all_bots,
            sumIf(everybody - several, arm = 0) AS unknown,
            arraySort(groupUniqArrayIf(day, everybody > 0)) AS day_list,
            day_list[intDiv(length(day_list), 2) + 1] AS middle,
            groupArray((arm, day, everybody - several, several, bots)) AS parts
        FROM days
        GROUP BY number
    )
SELECT
    s.experiment AS experiment,
    s.number AS number,
    s.variations AS variations,
    s.weights AS weights,
    a.* EXCEPT (number),
    arrayMap(v -> arraySum(c -> if(c.1 = v, c.3, 0), a.parts), arrayEnumerate(s.variations)) AS people,
    arrayMap(v -> arraySum(c -> if(c.1 = v, c.4, 0), a.parts), arrayEnumerate(s.variations)) AS multiples,
    arrayMap(v -> arraySum(c -> if(c.1 = v, c.5, 0), a.parts), arrayEnumerate(s.variations)) AS robots,
    arrayMap(v -> arraySum(c -> if(c.1 = v AND c.2 < a.middle, c.3, 0), a.parts), arrayEnumerate(s.variations)) AS early,
    arrayMap(v -> arraySum(c -> if(c.1 = v AND c.2 >= a.middle, c.3, 0), a.parts), arrayEnumerate(s.variations)) AS late,
    arrayMap(d -> arrayMap(v -> arraySum(c -> if(c.1 = v AND c.2 <= d, c.3, 0), a.parts), arrayEnumerate(s.variations)), a.day_list) AS by_day
FROM (SELECT * FROM footfall.experiment_scope WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS s
LEFT JOIN arms AS a ON a.number = s.number;
