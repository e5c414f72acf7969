select * from footfall.ltv(site = 'shop', since = '2026-08-01', until = '2026-09-30', grain = 'month', by = 'first_thing')
