-- Returns: what is packed of experiments (experiment_described, experiment_cells) as it is. Errors: more than 1,000,000 bytes of it, which no plan takes
-- as a constant.
CREATE OR REPLACE FUNCTION check_packed AS (packed) ->
    if(
        throwIf(
            length(toJSONString(packed)) > 1000000,
            'there are more experiments, variations, metrics, days or values of a dimension than can be told at once: ask experiment_results of one experiment') = 0,
        packed,
        '');
