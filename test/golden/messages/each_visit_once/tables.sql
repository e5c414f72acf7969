insert into footfall.campaign_plans (site, campaign, since, until, kind, currency, cost) values ('shop', 'mix', '2026-11-01', '2026-11-02', 'message', 'USD', 100);
insert into footfall.campaign_people (site, campaign, person_id, arm, at) values ('shop', 'mix', 'v:a', 'treated', '2026-10-31 00:00:00'), ('shop', 'mix', 'v:b', 'held_out', '2026-10-31 00:00:00')
