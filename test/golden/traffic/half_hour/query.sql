select period, at, people, new_people, sessions, page_views
from footfall.traffic(site = 'shop', since = '2026-04-04', until = '2026-04-06', grain = 'day', by = '')
