select dimension, variation, people, mean, difference, round(difference_low, 6) as low, round(p_value, 6) as p, p_adjusted, lift, verdict, note
from footfall.experiment_segments(experiment = 'e', by = 'device')
