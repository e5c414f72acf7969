select period, at, people, new_people, sessions, page_views
from footfall.traffic(site = 'shop', since = '2018-11-03', until = '2018-11-05', grain = 'day', by = '')
