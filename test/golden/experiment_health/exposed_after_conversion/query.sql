select s.experiment as experiment, round(c.2, 6) as value, c.4 as ok, c.5 as says
from
(
select any(tupleElement(r, 'number')) as number, arrayJoin(any(checks)) as c
from footfall.experiment_judged(site = 'shop', experiment = '')
group by tupleElement(r, 'number')
) as c
inner join footfall.experiment_scope as s on s.number = c.number
where c.1 = 'exposed_after_conversion'
order by experiment
