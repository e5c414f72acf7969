select period, at, variation, people, mean, difference, round(always_valid_low, 6) as low, round(always_valid_high, 6) as high, lift, bounds
from footfall.experiment_timeline(experiment = 'e')
