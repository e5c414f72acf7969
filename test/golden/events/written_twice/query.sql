select event_id, event_time, user_id, currency, session_id, items.item_id, items.price, params['k'] as k, o.transaction as t, o.session_id as order_session
from footfall.events left join footfall.orders_fact as o on o.transaction = transaction_id order by event_time
