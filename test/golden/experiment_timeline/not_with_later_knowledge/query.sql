select period, variation, people, mean, difference
from footfall.experiment_timeline(experiment = 'e')
