-- Returns: (verdict, reason) of a variation by its primary metric, first match: do not read (a check fails; ended and too small), keep running (too
-- early, or nothing seen yet), do not ship (worse, or a guardrail is), ship; of one that has ended and shows nothing: no effect found, where the
-- lift's interval lies inside what matters, else cannot tell.
-- Shape: failed = the failing check in words, '' for none; smallest = mature people of the smallest arm; days = whole days so far; days_to_… =
-- whole days at this pace until min_days, 100 people in each arm, and the smallest lift that matters would be seen, NULL for none; p = the p-value
-- that decides; sign > 0 = better; guardrail = the one that is worse, '' for none; best = no other variation has a larger effect; the lift's
-- interval and minimum_effect are relative; seen = the lift that would have been seen; trouble = why there is no p.
CREATE OR REPLACE FUNCTION experiment_verdict AS (
    failed, smallest, days, min_days, ended, days_to_min, days_to_people, days_to_effect, p, alpha, sign, guardrail, best, lift_low, lift_high, minimum_effect, seen, trouble
) -> multiIf(
    failed != '', ('do not read', failed),
    (smallest < 100 OR days < min_days) AND ended,
        ('do not read', concat('too small: ', if(smallest < 100, concat(toString(toUInt64(smallest)), ' people in an arm count, 100 are needed'), concat(toString(days), ' whole days, ', toString(min_days), ' are needed')))),
    smallest < 100, ('keep running', concat('only ', toString(toUInt64(smallest)), ' people of the primary metric count in an arm; 100 are needed',
        if(isNull(days_to_people), '', concat(': ', more_days(greatest(days_to_people, days_to_min)), ' at this pace')))),
    days < min_days, ('keep running', concat(toString(days), ' of ', toString(min_days), ' whole days have passed: ', more_days(days_to_min))),
    ifNull(p < alpha, false) AND sign < 0, ('do not ship', 'the primary metric is worse'),
    guardrail != '', ('do not ship', concat('the guardrail ', guardrail, ' is worse')),
    ifNull(p < alpha, false) AND sign > 0 AND best, ('ship', 'the primary metric is better'),
    ifNull(p < alpha, false) AND sign > 0, ('do not ship', 'better than the control, but another variation is better still'),
    isNull(p) AND trouble != '', (if(ended, 'cannot tell', 'keep running'), trouble),
    ended AND isNull(lift_low), ('cannot tell', 'no difference seen'),
    ended, (
        if(lift_low > -minimum_effect AND lift_high < minimum_effect, 'no effect found', 'cannot tell'),
        concat('the lift lies between ', toString(round(lift_low * 100, 1)), ' % and ', toString(round(lift_high * 100, 1)), ' %, ',
            if(lift_low > -minimum_effect AND lift_high < minimum_effect, 'less than the ', 'and a lift of '), toString(round(minimum_effect * 100, 1)),
            if(lift_low > -minimum_effect AND lift_high < minimum_effect, ' % that matter', ' % would matter'),
            if(isNull(seen), '; too few people to see any', concat('; could have seen a lift of ', toString(round(seen * 100, 1)), ' %')))),
    ('keep running', if(days_to_effect = 0,
        'nothing certain, though by now the smallest lift worth knowing would have been seen four times of five',
        concat('nothing certain yet; ', more_days(days_to_effect), ' at this pace to see the smallest lift worth knowing'))));
