select person_id, p_alive from footfall.predictions(site = 'shop', as_of = '2026-11-01 00:00:00')
