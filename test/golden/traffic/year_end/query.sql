select period, at, people, new_people, sessions, page_views, people_before
from footfall.traffic(site = 'shop', since = '2026-12-28', until = '2027-01-05', grain = 'week', by = '')
