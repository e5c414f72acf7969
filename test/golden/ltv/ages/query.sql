select cohort, dimension, age, mature, customers, orders, revenue, margin, cumulative_revenue_per_customer as crc, cumulative_margin_per_customer as cmc, cost_coverage, left_censored
from footfall.ltv(site = 'shop', since = '2026-08-01', until = '2026-09-30', grain = 'month', by = 'first_coupon')
