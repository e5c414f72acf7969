select step, step_name, people, dropped, mature_people, mature_entrants, conversion_from_start as start, conversion_from_previous as previous, median_seconds_from_previous as median
from footfall.funnel(site = 'shop', since = '2026-11-01', until = '2026-11-01', steps = ['view_item|purchase', 'search?', 'purchase'], within = 3600, mode = '', by = '')
