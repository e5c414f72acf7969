select at, event_name, session_id, visitor_id, page from footfall.timeline(site = 'shop', person = 'u:ann')
