select period, step, mature, people, dropped, mature_people, mature_entrants, conversion_from_start, conversion_from_previous
from footfall.funnel_trend(site = 'shop', since = '2026-12-30', until = '2027-01-12', steps = ['view_item', 'purchase'], within = 3600, mode = '', grain = 'week')
