insert into footfall.event_rows select * from footfall.event_rows;
insert into footfall.event_rows select * replace ('events-1-0-1' as session_id) from footfall.event_rows where offset = 1 limit 1;
insert into footfall.event_rows select * replace (17592186044416 + 1 as version, 'events-1-0-1' as session_id) from footfall.event_rows where offset = 1 limit 1;
insert into footfall.session_aliases values ('events', 1, 0, 'events-1-0-1', 'events-1-0-0', 'shop', 'v1', 3);
