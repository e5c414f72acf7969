select transaction, person_id, visitor_id, session_id, at, day, currency, gross, refunded, net, tax, shipping, length(items) as lines, reporting_net from footfall.orders_fact order by transaction
