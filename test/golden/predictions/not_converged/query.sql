select person_id, frequency, p_alive, expected_orders_90d, expected_value_90d, next_order_at from footfall.predictions(site = 'shop', as_of = '2026-11-01 00:00:00')
