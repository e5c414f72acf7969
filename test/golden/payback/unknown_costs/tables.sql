insert into footfall.ad_costs (site, day, source, medium, currency, cost) values ('shop', '2026-08-02', 'google', 'cpc', 'USD', 500), ('shop', '2026-08-03', 'facebook', 'cpc', 'USD', 500)
