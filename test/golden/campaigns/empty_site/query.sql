select campaign, spend from footfall.campaigns(site = 'shop', since = '2026-09-01', until = '2026-09-30')
