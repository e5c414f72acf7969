insert into footfall.event_rows select * replace ('k-1-0-7' as replay_of) from footfall.event_rows
