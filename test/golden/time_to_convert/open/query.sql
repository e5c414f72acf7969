select * from footfall.time_to_convert(site = 'shop', since = '2026-11-01', until = '2026-11-01', steps = ['view_item', 'purchase'], within = 120)
