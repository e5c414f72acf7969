select * from
(
select 'e' as experiment, value, ok, says from footfall.experiment_health(experiment = 'e') where check = 'interaction'
union all
select 'g', value, ok, says from footfall.experiment_health(experiment = 'g') where check = 'interaction'
)
order by experiment
