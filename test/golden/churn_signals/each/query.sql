select signal, churned, kept, had_churned, had_kept, round(difference, 3) as difference, lift, unmatched from footfall.churn_signals(site = 'shop', as_of = '2026-11-21 12:00:00') order by signal
