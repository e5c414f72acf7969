-- Grain: one session of a person (bots out) that starts in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: visit_rows with `dimension`, the value that the session's own row has of `by`; '' for none.
-- Source: visit_rows.
CREATE OR REPLACE VIEW footfall.row_visits AS
SELECT
    *,
    session_dimension({by:String}, channel, source, medium, campaign, term, content, country, language, device, platform, browser, landing_page) AS dimension
FROM footfall.visit_rows(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')});
