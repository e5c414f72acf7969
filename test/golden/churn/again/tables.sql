insert into footfall.sites (site, dormant_days, churned_days) values ('shop', 5, 10)
