select person_id, stage from footfall.customers(site = 'shop', as_of = '2026-11-01 12:00:00')
