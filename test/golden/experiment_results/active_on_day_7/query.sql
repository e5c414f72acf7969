select variation, people, mature_people, total, mean, verdict
from footfall.experiment_results(experiment = 'e')
