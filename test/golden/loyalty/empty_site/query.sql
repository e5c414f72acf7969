select tier, members from footfall.loyalty(site = 'shop', as_of = '2026-11-01 12:00:00')
