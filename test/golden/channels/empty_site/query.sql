select channel, sessions, cost from footfall.channels(site = 'shop', since = '2026-10-01', until = '2026-10-31', model = 'first', lookback_days = 30, by = 'source')
