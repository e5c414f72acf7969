select experiment, status, days, people, variation, verdict, reason
from footfall.experiments_overview(site = 'shop')
