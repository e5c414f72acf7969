insert into footfall.event_rows select * from footfall.event_rows
