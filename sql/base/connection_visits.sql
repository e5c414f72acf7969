-- Grain: one session of a person (bots out) that starts in [start, end).
-- Parameters: site String, start, end DateTime64(3, 'UTC').
-- Definition: visit_rows with `dimension`: the first params.connection of its events, '' for none.
-- Source: visit_rows, session_connections.
CREATE OR REPLACE VIEW footfall.connection_visits AS
SELECT s.*, c.connection AS dimension
FROM footfall.visit_rows(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')}) AS s
LEFT ANY JOIN footfall.session_connections(site = {site:String}, start = {start:DateTime64(3, 'UTC')}, end = {end:DateTime64(3, 'UTC')}) AS c
    ON c.session_key = s.session_key;
