select * from footfall.winback(site = 'shop', since = '2026-10-01', until = '2026-09-30')
