select variation, people, mature_people, total, mean
from footfall.experiment_results(experiment = 'e')
