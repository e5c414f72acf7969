-- Returns: ρ², the mixture of the always-valid interval, that makes it narrowest at `tuning` people: (−2 ln α + ln(1 − 2 ln α))/tuning.
-- Shape: alpha, 0–1; tuning = people, above 0.
-- Range: above 0.
-- Source: Waudby-Smith and others, asymptotic confidence sequences (arXiv 2103.06476).
CREATE OR REPLACE FUNCTION always_valid_rate AS (alpha, tuning) ->
    (-2 * log(alpha) + log(1 - 2 * log(alpha))) / tuning;
