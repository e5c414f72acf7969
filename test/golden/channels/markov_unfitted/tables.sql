insert into footfall.sites (site) values ('shop');
insert into footfall.ad_costs (site, day, source, medium, campaign, currency, cost, commission) values ('shop', '2026-10-01', 'google', 'cpc', 'x', 'USD', 200, 50), ('shop', '2026-10-31', 'google', 'cpc', 'x', 'EUR', 100, 0), ('shop', '2026-11-01', 'google', 'cpc', 'x', 'USD', 900, 0)
;
insert into footfall.models (site, as_of, model, parameter, value, lookback_days) values ('shop', '2026-10-01', 'markov', 'Direct', 0.9, 30), ('other', '2026-11-01', 'markov', 'Paid Search', 0.5, 21)
