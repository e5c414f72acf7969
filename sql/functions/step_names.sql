-- Returns: the event names of a funnel step: 'a|b?:key=value' → ['a', 'b'].
CREATE OR REPLACE FUNCTION step_names AS (step) -> splitByChar('|', replaceRegexpOne(step, '[?:].*$', ''));
