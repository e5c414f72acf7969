select * from footfall.trend(site = 'shop', since = '2026-11-01', until = '2026-11-03', grain = 'day', event = 'search|select_item', value = 'metrics.search_results', by = '')
