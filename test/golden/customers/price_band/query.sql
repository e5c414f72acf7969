select person_id, price_band from footfall.customers(site = 'shop', as_of = '2026-11-01 12:00:00')
