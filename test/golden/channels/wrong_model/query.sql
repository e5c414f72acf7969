select * from footfall.channels(site = 'shop', since = '2026-10-01', until = '2026-10-31', model = 'shapley', lookback_days = 30, by = '')
