insert into footfall.sites (site, timezone) values ('shop', 'Australia/Lord_Howe')
