select * from footfall.messages(site = 'shop', since = '2026-10-01', until = '2026-10-31', by = 'segmen:vip')
