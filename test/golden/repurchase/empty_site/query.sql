select cohort, buyers from footfall.repurchase(site = 'shop', since = '2026-08-01', until = '2026-10-31', within = 30)
