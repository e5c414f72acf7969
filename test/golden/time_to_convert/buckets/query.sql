select bucket, from_seconds, to_seconds, people, mature_people, share, median_seconds, round(p90_seconds, 6) as p90_seconds, mature
from footfall.time_to_convert(site = 'shop', since = '2026-11-01', until = '2026-11-01', steps = ['view_item', 'add_to_cart?', 'purchase'], within = 3600)
