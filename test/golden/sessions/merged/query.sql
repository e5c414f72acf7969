select session_id, visitor_id, started_at, ended_at, duration_seconds, events, page_views, active, engaged, landing_page, exit_page, channel, country, orders, revenue
from footfall.sessions order by started_at
