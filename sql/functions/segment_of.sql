-- Returns: the name of the segment of a dimension segment:NAME or segment:!NAME, with or without its day.
CREATE OR REPLACE FUNCTION segment_of AS (by) -> extract(by, '^segment:!?([^@]*)');
