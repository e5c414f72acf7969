select campaign, channel, sent, visits, orders, revenue, cost, comparison from footfall.messages(site = 'shop', since = '2026-11-01', until = '2026-11-01', by = '')
