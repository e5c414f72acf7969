select * from footfall.traffic(site = 'shop', since = '2026-11-01', until = '2026-11-02', grain = 'day', by = 'profile:levle')
