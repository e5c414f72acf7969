insert into footfall.metrics (metric, kind, event, cap_percentile) values ('views', 'mean', 'page_view', 0.5);
insert into footfall.experiments (experiment, since, until, variations, metrics) values ('e', '2026-11-02 00:00:00', NULL, ['a', 'b'], ['views']);
