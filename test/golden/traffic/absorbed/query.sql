select period, dimension, sessions, events, page_views from footfall.traffic(site = 'shop', since = '2026-11-01', until = '2026-11-02', grain = 'day', by = 'channel')
