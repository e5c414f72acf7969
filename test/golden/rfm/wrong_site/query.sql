select * from footfall.rfm(site = 'shap', as_of = '2026-11-01 00:00:00')
