-- Grain: one person and segment that the person is in at as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC'), segment String ('' all).
-- Definition: the segments of person_tags, and one for each file of sql/segments, named like it: a SELECT of person_id, with the
--   parameters site and as_of, that may read base views. Where one segment is asked for, the others are not read.
-- Source: person_tags, the files of sql/segments.
CREATE OR REPLACE VIEW footfall.segment_people AS
SELECT toString(tag) AS segment, person_id
FROM footfall.person_tags(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
ARRAY JOIN tags AS tag
WHERE {segment:String} IN ('', 'potential', 'new', 'active', 'dormant', 'at_risk', 'high_value', 'core', 'vip') AND ({segment:String} = '' OR tag = {segment:String})
-- One branch for each file of sql/segments follows here.
;
