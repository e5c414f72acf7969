select payment_type, error, attempts, succeeded, round(success_rate, 3) as rate, lost_value from footfall.payments(site = 'shop', since = '2026-11-01', until = '2026-11-01', by = '')
