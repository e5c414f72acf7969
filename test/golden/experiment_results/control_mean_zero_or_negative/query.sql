select metric, variation, mean, difference, round(difference_low, 6) as low, round(difference_high, 6) as high, round(p_value, 6) as p, lift, round(lift_low, 6) as lift_low, round(lift_high, 6) as lift_high, lift_fieller_low as fieller, round(power, 6) as power, minimum_detectable_lift as seen, verdict
from footfall.experiment_results(experiment = 'e')
