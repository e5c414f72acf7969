select campaign, channel, dimension, sent, visits, orders, revenue, cost from footfall.messages(site = 'shop', since = '2026-11-01', until = '2026-11-01', by = 'country')
