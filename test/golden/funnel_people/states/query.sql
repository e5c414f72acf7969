select * from
(
    select 2 as step, 'pending' as state, * from footfall.funnel_people(site = 'shop', since = '2026-11-02', until = '2026-11-02', steps = ['view_item', 'add_to_cart', 'purchase'], within = 3600, mode = '', step = 2, state = 'pending')
    union all
    select 3 as step, 'reached' as state, * from footfall.funnel_people(site = 'shop', since = '2026-11-02', until = '2026-11-02', steps = ['view_item', 'add_to_cart', 'purchase'], within = 3600, mode = '', step = 3, state = 'reached')
    union all
    select 3 as step, 'dropped' as state, * from footfall.funnel_people(site = 'shop', since = '2026-11-02', until = '2026-11-02', steps = ['view_item', 'add_to_cart', 'purchase'], within = 3600, mode = '', step = 3, state = 'dropped')
    union all
    select 3 as step, 'pending' as state, * from footfall.funnel_people(site = 'shop', since = '2026-11-02', until = '2026-11-02', steps = ['view_item', 'add_to_cart', 'purchase'], within = 3600, mode = '', step = 3, state = 'pending')
)
order by step, state, person_id
