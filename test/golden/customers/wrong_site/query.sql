select * from footfall.customers(site = 'shap', as_of = '2026-11-01 12:00:00')
