select metric, variation, round(mean, 3) as mean, difference, p_value, p_adjusted, lift, chance_to_win, always_valid_p, verdict
from footfall.experiment_results(experiment = 'e')
