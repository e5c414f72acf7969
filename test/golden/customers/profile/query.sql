select * except (p_alive, predicted_orders_90d, predicted_value_90d) from footfall.customers(site = 'shop', as_of = '2026-11-01 12:00:00')
