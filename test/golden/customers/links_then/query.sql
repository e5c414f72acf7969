select person_id, orders, net_revenue, margin, cost_coverage, top_category, price_band, tags from footfall.customers(site = 'shop', as_of = '2026-11-01 12:00:00')
