select period, orders, revenue, aov, repeat_buyer_rate from footfall.orders(site = 'shop', since = '2026-11-01', until = '2026-11-03', grain = 'day', by = '')
