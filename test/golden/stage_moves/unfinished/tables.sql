insert into footfall.sites (site, timezone, dormant_days, churned_days) values ('shop', 'Asia/Shanghai', 30, 90)
