insert into footfall.sites (site, timezone) values ('shop', 'Europe/Berlin')
