select * from footfall.retention_summary(site = 'shop', since = '2026-10-24', until = '2026-10-26', by = '')
