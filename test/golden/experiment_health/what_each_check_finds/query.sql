select check, round(value, 6) as value, threshold, ok, says
from footfall.experiment_health(experiment = 'e')
