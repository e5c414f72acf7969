select * from (
select period, nps_responses as n, nps, round(nps_low, 3) as low, round(nps_high, 3) as high, csat_responses as cn, csat, round(csat_low, 4) as clow, round(csat_high, 4) as chigh, ces, responses, reviews, stars, share_1, share_5, complaints, orders, complaint_rate from footfall.feedback(site = 'shop', since = '2026-10-01', until = '2026-10-31', grain = 'month', by = '') union all
select period, nps_responses, nps, null, null, 0, null, null, null, null, responses, 0, null, null, null, 0, 0, null from footfall.feedback(site = 'shop', since = '2026-10-01', until = '2026-10-01', grain = 'day', by = '')
) order by n desc
