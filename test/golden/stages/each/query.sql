select stage, people, revenue, round(share, 3) as share from footfall.stages(site = 'shop', as_of = '2026-11-01 00:00:00.000')
