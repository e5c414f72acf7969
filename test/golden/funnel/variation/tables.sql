INSERT INTO footfall.sites (site, timezone) VALUES ('shop', 'Europe/Berlin');
INSERT INTO footfall.experiments (experiment, site, since, until, variations, metrics) VALUES ('e1', 'shop', '2026-11-02 00:00:00', '2026-11-20 00:00:00', ['A', 'B'], ['m'])
