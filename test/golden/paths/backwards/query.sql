select * from footfall.paths(site = 'shop', since = '2026-11-01', until = '2026-11-01', start = '', end = '/pay', depth = 2, goal = 'converted')
