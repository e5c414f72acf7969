-- Grain: one session of a person (bots out) that starts in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC'), by String.
-- Definition: visit_rows with `dimension`, the value that the session's own row has of `by`; '' for none.
-- Source: visit_rows.
CREATE OR REPLACE VIEW footfall.row_visits AS
SELECT
    *,
    if({by:String} = 'channel', toString(channel),
    if({by:String} = 'source', toString(source),
    if({by:String} = 'medium', toString(medium),
    if({by:String} = 'campaign', toString(campaign),
    if({by:String} = 'term', term,
    if({by:String} = 'content', content,
    if({by:String} = 'country', toString(country),
    if({by:String} = 'language', toString(language),
    if({by:String} = 'device', toString(device),
    if({by:String} = 'platform', toString(platform),
    if({by:String} = 'browser', toString(browser),
    if({by:String} = 'landing_page', landing_page,
    '')))))))))))) AS dimension
FROM footfall.visit_rows(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')});
