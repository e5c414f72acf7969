-- Grain: one segment that there is.
-- Definition: those of person_tags, and the files of sql/segments.
-- Source: the files of sql/segments.
CREATE OR REPLACE VIEW footfall.segment_names AS
SELECT arrayJoin(arrayConcat(
    ['potential', 'new', 'active', 'dormant', 'high_value', 'core', 'at_risk', 'vip'],
    [] -- The files of sql/segments follow here.
)) AS segment;
