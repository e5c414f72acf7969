select * from footfall.feedback(site = 'shop', since = '2026-10-01', until = '2026-10-31', grain = 'year', by = '')
