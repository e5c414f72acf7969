select dimension, variation, is_primary, guardrail, kind, people, total, variance_removed, power, minimum_detectable_lift as seen, verdict
from footfall.experiment_segments(experiment = 'e', by = 'device')
