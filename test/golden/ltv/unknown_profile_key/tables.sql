insert into footfall.sites (site) values ('shop')
