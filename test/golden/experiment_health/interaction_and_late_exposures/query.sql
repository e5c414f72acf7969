select check, if(value < 0.001, 'below', toString(round(value, 6))) as value, ok, says
from footfall.experiment_health(experiment = 'e')
where check in ('interaction', 'exposed_after_conversion')
