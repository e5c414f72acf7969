insert into footfall.metrics (metric, kind, event, value) values ('revenue', 'mean', 'purchase', 'revenue');
insert into footfall.experiments (experiment, since, variations, metrics, unit) values ('p', '2026-11-02 00:00:00', ['a', 'b'], ['revenue'], 'person'), ('v', '2026-11-02 00:00:00', ['a', 'b'], ['revenue'], 'visitor');
