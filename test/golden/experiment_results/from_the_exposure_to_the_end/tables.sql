insert into footfall.metrics (metric, kind, event, value) values ('revenue', 'mean', 'purchase', 'revenue');
insert into footfall.experiments (experiment, since, until, variations, metrics) values ('e', '2026-11-02 00:00:00', '2026-11-04 00:00:00', ['a', 'b'], ['revenue']);
