insert into footfall.metrics (metric, kind, event) values ('views', 'mean', 'page_view');
insert into footfall.experiments (experiment, since, until, variations, metrics) values ('e', '2026-11-02 00:00:00', NULL, ['a', 'b'], ['views']);
