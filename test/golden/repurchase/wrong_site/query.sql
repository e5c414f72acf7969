select * from footfall.repurchase(site = 'shap', since = '2026-08-01', until = '2026-10-31', within = 30)
