select * from footfall.experiments_overview(site = 'nope')
