insert into footfall.sites (site, timezone) values ('shop', 'Asia/Shanghai')
