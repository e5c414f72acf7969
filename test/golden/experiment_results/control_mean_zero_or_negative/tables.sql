insert into footfall.metrics (metric, kind, event, value) values ('shift', 'mean', 'page_timing', 'metrics.shift'), ('depth', 'mean', 'page_timing', 'metrics.depth');
insert into footfall.experiments (experiment, since, until, variations, metrics) values ('e', '2026-11-02 00:00:00', NULL, ['a', 'b'], ['shift', '!depth']);
