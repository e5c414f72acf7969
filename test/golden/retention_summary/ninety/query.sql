select * from footfall.retention_summary(site = 'shop', since = '2025-12-31', until = '2026-01-01', by = 'country')
