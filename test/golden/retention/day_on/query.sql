select * from footfall.retention(site = 'shop', since = '2026-10-24', until = '2026-10-26', grain = 'day', kind = 'on', start_event = '', return_event = '', by = '')
