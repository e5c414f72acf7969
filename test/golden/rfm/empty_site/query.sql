select r, people from footfall.rfm(site = 'shop', as_of = '2026-11-01 00:00:00')
