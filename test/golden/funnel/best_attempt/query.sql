select dimension, step, step_name, mature, people, dropped, pending, mature_people, mature_entrants, round(conversion_from_start, 3) as start, round(conversion_from_previous, 3) as previous, median_seconds_from_previous as median
from footfall.funnel(site = 'shop', since = '2026-11-01', until = '2026-11-01', steps = ['view_item', 'purchase'], within = 3600, mode = '', by = 'channel')
