select * from footfall.active_hours(site = 'shop', since = '2026-11-01', until = '2026-11-30', by = '') where sessions + orders > 0
