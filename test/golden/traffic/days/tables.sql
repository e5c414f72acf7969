insert into footfall.sites (site, timezone, currency) values ('shop', 'Asia/Shanghai', 'USD')
