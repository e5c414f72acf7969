-- Returns: what is packed of experiments (experiment_described, experiment_cells) as it is. Errors: more than 1,000,000 bytes of it, which no plan takes
-- as a constant.
CREATE OR REPLACE FUNCTION check_packed AS (packed) ->
    if(
        throwIf(
            length(toJSONString(packed)) > 1000000,
            'the experiments of this site have more variations, metrics and days than can be told in one row each: ask experiment_results of one') = 0,
        packed,
        '');
