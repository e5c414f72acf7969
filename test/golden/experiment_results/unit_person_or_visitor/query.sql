select * from
(
select 'p' as experiment, variation, people, total from footfall.experiment_results(experiment = 'p')
union all
select 'v', variation, people, total from footfall.experiment_results(experiment = 'v')
)
order by experiment, variation
