select cohort, mature, buyers, repeat_buyers, mature_buyers, repeat_rate, median_gap_days, round(orders_per_buyer, 4) as opb, next_category, left_censored
from footfall.repurchase(site = 'shop', since = '2026-08-01', until = '2026-10-31', within = 30)
