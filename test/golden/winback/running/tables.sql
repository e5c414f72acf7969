insert into footfall.sites (site, dormant_days) values ('shop', 60);
insert into footfall.campaign_plans (site, campaign, since, until, kind, currency, cost) values ('shop', 'back', '2026-09-10', '2026-09-16', 'winback', 'USD', 1000);
insert into footfall.campaign_people (site, campaign, person_id, arm, at) values ('shop', 'back', 'v:t0', 'treated', '2026-09-09 00:00:00'), ('shop', 'back', 'v:h0', 'held_out', '2026-09-09 00:00:00')
