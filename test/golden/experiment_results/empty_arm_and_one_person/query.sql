select variation, is_control, people, mature_people, total, mean, difference, difference_low, p_value, p_adjusted, lift, chance_to_win, risk, always_valid_p, power, minimum_detectable_lift as seen, verdict
from footfall.experiment_results(experiment = 'e')
