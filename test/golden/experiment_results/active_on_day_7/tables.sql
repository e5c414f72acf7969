insert into footfall.metrics (metric, kind, event, delay_hours, window_hours) values ('day_7', 'proportion', '', 144, 24);
insert into footfall.experiments (experiment, since, until, variations, metrics) values ('e', '2026-11-02 00:00:00', NULL, ['a', 'b'], ['day_7']);
