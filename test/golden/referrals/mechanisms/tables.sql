insert into footfall.campaign_plans (site, campaign, since, until, kind, currency, cost) values ('shop', 'gift', '2026-09-10', '2026-12-01', 'reward', 'USD', 1000)
