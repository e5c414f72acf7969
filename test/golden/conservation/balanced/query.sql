select * from footfall.conservation(since = '2026-11-01', until = '2026-11-01')
