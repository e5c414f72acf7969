-- Grain: one session of a person (bots out) that starts in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC').
-- Definition: visit_rows with `dimension`: new for the person's first active session, else returning.
-- Source: visit_rows, first_visits.
CREATE OR REPLACE VIEW footfall.new_or_returning_visits AS
SELECT
    *,
    if(active AND visit_place(started_at, visitor_key) IN (
        SELECT first_place FROM footfall.first_visits(site = {site:String}, until = {end:DateTime64(3, 'UTC')})), 'new', 'returning') AS dimension
FROM footfall.visit_rows(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')});
