select payment_type, error, dimension, attempts, succeeded, success_rate as rate, lost_value from footfall.payments(site = 'shop', since = '2026-11-01', until = '2026-11-01', by = 'channel')
