INSERT INTO footfall.sites (site, timezone) VALUES ('shop', 'Europe/Berlin')
