select * from footfall.searches(site = 'shop', since = '2026-11-01', until = '2026-11-01') order by term
