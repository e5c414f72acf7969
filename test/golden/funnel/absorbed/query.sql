select dimension, step, people, dropped from footfall.funnel(site = 'shop', since = '2026-11-01', until = '2026-11-01', steps = ['view_item', 'purchase'], within = 86400, mode = '', by = 'channel')
