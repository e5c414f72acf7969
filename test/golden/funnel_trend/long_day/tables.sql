insert into footfall.sites (site, timezone) values ('shop', 'America/New_York')
