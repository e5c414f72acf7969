select person_id, frequency, round(recency, 4) as recency, round(t, 4) as t, round(p_alive, 6) as p_alive, round(expected_orders_30d, 6) as o30, round(expected_orders_90d, 6) as o90, round(expected_orders_365d, 6) as o365, expected_value_90d as v90, next_order_at
from footfall.predictions(site = 'shop', as_of = '2026-11-01 00:00:00')
