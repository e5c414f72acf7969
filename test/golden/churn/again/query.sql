select period, active_at_start, churned, churn_rate, revenue_lost, mature from footfall.churn(site = 'shop', since = '2026-08-01', until = '2026-08-31', grain = 'month', by = '')
