select kind, id, impressions, clicks, click_rate, orders, revenue from footfall.placements(site = 'shop', since = '2026-11-01', until = '2026-11-01', by = '')
