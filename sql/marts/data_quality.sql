-- Grain: one check × reason or field × platform.
-- Parameters: site String, since, until Date (local days, both in).
-- Definition: check: rejected (name = reason) and misplaced (keyed to another partition) by arrival, those whose site could not be
--   read in too; field (left empty), schema
--   (name = schema id), clock, device (visitors with several accounts) by event time; records of `of`, share = records / of, NULL
--   where there is nothing to divide by.
-- Source: stream_quality.
CREATE OR REPLACE VIEW footfall.data_quality AS
SELECT check, name, platform, records, of, if(of = 0, NULL, records / of) AS share
FROM footfall.stream_quality(
    site = {site:String}, start = day_start({since:Date}, site_zone({site:String})), end = day_start({until:Date} + 1, site_zone({site:String})))
WHERE (SELECT ok FROM footfall.check_period(site = {site:String}, since = {since:Date}, until = {until:Date}, grain = 'day', by = '')) = 0
ORDER BY check, name, platform;
