-- Grain: one page that a session which starts in [start, end) has viewed, by its hash.
-- Parameters: site String, start, end DateTime64(3, 'UTC').
-- Definition: page_key = cityHash64 of the page.
-- Source: session_rows.
CREATE OR REPLACE VIEW footfall.page_names AS
SELECT cityHash64(p) AS page_key, any(p) AS page
FROM
(
    SELECT DISTINCT CAST(arrayJoin(view_pages), 'String') AS p
    FROM footfall.session_rows
    WHERE site = {site:String}
        AND started_at >= {start:DateTime64(3, 'UTC')} AND started_at < {end:DateTime64(3, 'UTC')}
        AND id_time >= {start:DateTime64(3, 'UTC')} AND id_time < {end:DateTime64(3, 'UTC')} + INTERVAL 48 HOUR
)
GROUP BY page_key;
