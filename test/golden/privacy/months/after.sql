insert into footfall.positions select * replace (100 as version, 1 as erasures) from footfall.positions
