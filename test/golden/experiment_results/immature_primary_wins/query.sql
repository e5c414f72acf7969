select * from
(
select 'run' as experiment, variation, people, mature_people, mean, p_value, verdict from footfall.experiment_results(experiment = 'run')
union all
select 'over', variation, people, mature_people, mean, p_value, verdict from footfall.experiment_results(experiment = 'over')
)
order by experiment desc, variation
