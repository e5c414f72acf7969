-- Members: bought on one day only, more than 90 days ago: the second order never came.
SELECT person_id
FROM footfall.person_history(site = {site:String}, as_of = {as_of:DateTime64(3, 'UTC')})
WHERE length(order_days) = 1
    AND order_days[1] < toDate({as_of:DateTime64(3, 'UTC')}, site_zone({site:String})) - 90
