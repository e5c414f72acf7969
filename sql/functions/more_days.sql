-- Returns: so many more days in words; NULL, or more than two years, is over two years.
CREATE OR REPLACE FUNCTION more_days AS (days) -> multiIf(
    isNull(days) OR days > 730, 'over two years more',
    days = 1, 'about 1 more day',
    concat('about ', toString(days), ' more days'));
