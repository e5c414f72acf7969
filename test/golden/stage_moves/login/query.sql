select * from footfall.stage_moves(site = 'shop', since = '2026-10-01', until = '2026-10-31')
