select * from footfall.predictions(site = 'nowhere', as_of = '2026-11-01 00:00:00')
