select * from footfall.data_quality(site = 'shop', since = '2026-11-01', until = '2026-11-01') where records > 0 and name not in ('page_location', 'user_agent', 'device', 'language')
