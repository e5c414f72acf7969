insert into footfall.erasures values (1, 'visitor', 1, '2026-10-05 00:00:00'), (1, 'visitor', 2, '2026-10-05 00:00:00'), (2, 'user', 3, '2026-11-05 00:00:00')
