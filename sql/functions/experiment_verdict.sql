-- Returns: (verdict, reason) of a variation by its primary metric, first match: do not read (a check fails; ended and too small), keep
-- running (too early, or nothing seen yet), do not ship (worse, or a guardrail is), ship, no effect found.
-- Shape: failed = the failing check in words, '' for none; smallest = mature people of the smallest arm; days = whole days so far; days_left
-- at this pace, NULL for none; p = the p-value that decides; sign > 0 = better; guardrail = the one that is worse, '' for none; best = no
-- other variation has a larger effect; seen = the lift that would have been seen; trouble = why there is no p.
CREATE OR REPLACE FUNCTION experiment_verdict AS (failed, smallest, days, min_days, ended, days_left, p, alpha, sign, guardrail, best, seen, trouble) -> multiIf(
    failed != '', ('do not read', failed),
    (smallest < 100 OR days < min_days) AND ended,
        ('do not read', concat('too small: ', if(smallest < 100, concat(toString(toUInt64(smallest)), ' people in an arm count, 100 are needed'), concat(toString(days), ' whole days, ', toString(min_days), ' are needed')))),
    smallest < 100, ('keep running', concat('only ', toString(toUInt64(smallest)), ' people of the primary metric count in an arm; 100 are needed')),
    days < min_days, ('keep running', concat(toString(days), ' of ', toString(min_days), ' whole days have passed')),
    ifNull(p < alpha, false) AND sign < 0, ('do not ship', 'the primary metric is worse'),
    guardrail != '', ('do not ship', concat('the guardrail ', guardrail, ' is worse')),
    ifNull(p < alpha, false) AND sign > 0 AND best, ('ship', 'the primary metric is better'),
    ifNull(p < alpha, false) AND sign > 0, ('do not ship', 'better than the control, but another variation is better still'),
    ended, ('no effect found', if(isNull(p) AND trouble != '', trouble,
        if(isNull(seen), 'too few people to see any', concat('could have seen a lift of ', toString(round(seen * 100, 1)), ' %')))),
    ('keep running', if(isNull(p) AND trouble != '', trouble, concat('nothing certain yet; ',
        if(isNull(days_left), 'at this pace over two years', concat('about ', toString(days_left), ' more days at this pace')), ' to see the smallest lift worth knowing'))));
