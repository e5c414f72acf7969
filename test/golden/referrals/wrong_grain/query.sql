select * from footfall.referrals(site = 'shop', since = '2026-09-01', until = '2026-09-30', grain = 'hour')
