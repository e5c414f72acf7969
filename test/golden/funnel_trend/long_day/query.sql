select * from footfall.funnel_trend(site = 'shop', since = '2026-10-31', until = '2026-11-03', steps = ['view_item', 'purchase'], within = 7200, mode = '', grain = 'day')
