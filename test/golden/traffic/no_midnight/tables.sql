insert into footfall.sites (site, timezone) values ('shop', 'America/Sao_Paulo')
