-- Grain: one visitor of a site that carried an account by as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: user_id = that of the visitor's last event with one, by (event_time, event_id), not after as_of.
-- Source: account_rows; event_rows for the visitors that carried one later.
CREATE OR REPLACE VIEW footfall.visitor_accounts_at AS
SELECT visitor_id, user_id
FROM
(
    SELECT visitor_id, user_id, last
    FROM footfall.account_rows
    WHERE site = {site:String}
    ORDER BY site, visitor_id, last DESC
    LIMIT 1 BY site, visitor_id
)
WHERE last.1 <= {as_of:DateTime64(3, 'UTC')}
UNION ALL
SELECT visitor_id, argMax(e.user_id, (e.event_time, e.event_id)) AS user_id
FROM footfall.event_rows AS e
WHERE site = {site:String} AND e.user_id != '' AND event_time <= {as_of:DateTime64(3, 'UTC')}
    AND visitor_id IN (SELECT visitor_id FROM footfall.account_rows WHERE site = {site:String} AND last.1 > {as_of:DateTime64(3, 'UTC')})
GROUP BY visitor_id;
