-- Returns: a person's stage on the day `today`, the first that is true: prospect (no order day), churned (quiet over churned_after), dormant
-- (over dormant_after), returned (the last gap was over churned_after), introduction (one order day, or the first at most 14 days
-- ago); then by `trend` decline, growth, mature. `order_days`: sorted.
CREATE OR REPLACE FUNCTION life_stage AS (order_days, today, dormant_after, churned_after, trend) ->
    multiIf(
        empty(order_days), 'prospect',
        today - order_days[-1] > churned_after, 'churned',
        today - order_days[-1] > dormant_after, 'dormant',
        length(order_days) > 1 AND order_days[-1] - order_days[-2] > churned_after, 'returned',
        length(order_days) = 1 OR today - order_days[1] <= 14, 'introduction',
        trend < 0, 'decline',
        trend > 0, 'growth',
        'mature');
