-- Returns: the event names of all steps of a funnel, each once. Without lambdas, which are not worked out before a query runs: as a constant
-- it is a set that indexes are asked about.
CREATE OR REPLACE FUNCTION all_step_names AS (steps) ->
    arrayDistinct(splitByChar('|', replaceAll(replaceRegexpAll(arrayStringConcat(steps, '\0'), '[?:][^\\x00]*', ''), '\0', '|')));
