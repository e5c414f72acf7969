select * from footfall.campaigns(site = 'shop', since = '2026-10-01', until = '2026-09-30')
