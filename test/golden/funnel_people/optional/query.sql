select * from
(
    select 2 as step, 'reached' as state, * from footfall.funnel_people(site = 'shop', since = '2026-11-01', until = '2026-11-01', steps = ['view_item', 'search?', 'purchase'], within = 600, mode = '', step = 2, state = 'reached')
    union all
    select 2 as step, 'dropped' as state, * from footfall.funnel_people(site = 'shop', since = '2026-11-01', until = '2026-11-01', steps = ['view_item', 'search?', 'purchase'], within = 600, mode = '', step = 2, state = 'dropped')
    union all
    select 3 as step, 'reached' as state, * from footfall.funnel_people(site = 'shop', since = '2026-11-01', until = '2026-11-01', steps = ['view_item', 'search?', 'purchase'], within = 600, mode = '', step = 3, state = 'reached')
)
order by step, state, person_id
