-- Returns: half the width of an interval that holds at every look at once, with probability 1 − alpha, so that peeking is free.
-- Shape: the estimate's standard error now, people of both arms now; alpha; tuning = people at which it is narrowest.
-- Range: above 0; NULL where the error is not a number above 0, or people are 0.
-- Source: the asymptotic confidence sequence of Waudby-Smith and others (arXiv 2103.06476): σ√(2(Nρ²+1)/(Nρ²)·ln(√(Nρ²+1)/α)).
CREATE OR REPLACE FUNCTION always_valid_half_width AS (standard_error, people, alpha, tuning) -> arrayMap(
    (e, nr) -> if(e > 0 AND isFinite(e) AND nr > 0, e * sqrt(2 * (nr + 1) / nr * log(sqrt(nr + 1) / alpha)), NULL),
    [CAST(standard_error, 'Nullable(Float64)')], [CAST(people * always_valid_rate(alpha, tuning), 'Nullable(Float64)')])[1];
