insert into footfall.metrics (metric, kind, event, window_hours) values ('buyers', 'proportion', 'purchase', 168);
insert into footfall.experiments (experiment, since, until, variations, metrics) values ('run', '2026-11-02 00:00:00', NULL, ['a', 'b'], ['buyers']), ('over', '2026-11-02 00:00:00', '2026-11-04 00:00:00', ['a', 'b'], ['buyers']);
