INSERT INTO footfall.sites (site, dormant_days, churned_days) VALUES ('shop', 5, 10)
