-- Returns: what a dimension of persons says of those who have no value of it: not in the segment, not exposed, nothing.
CREATE OR REPLACE FUNCTION value_of_others AS (by) ->
    if(startsWith(by, 'segment:'), concat('!', segment_of(by)), if(startsWith(by, 'variation:'), '(not exposed)', ''));
