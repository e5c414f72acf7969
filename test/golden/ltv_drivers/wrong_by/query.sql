select * from footfall.ltv_drivers(site = 'shop', as_of = '2026-11-01 00:00:00', by = 'nothing')
