select s.experiment as experiment, round(c.2, 6) as value, c.4 as ok, c.5 as says
from
(
select any(tupleElement(j.1, 'number')) as number, arrayJoin(any(j.7)) as c
from (select arrayJoin(experiment_judged('shop', '')) as j)
group by tupleElement(j.1, 'number')
) as c
inner join footfall.experiment_scope as s on s.number = c.number
where c.1 = 'exposed_after_conversion'
order by experiment
