select variation, people, mean, p_value < 0.001 as small, verdict
from footfall.experiment_results(experiment = 'e')
