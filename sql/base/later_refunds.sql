-- Grain: one transaction that was refunded after as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: later = those refunds, minor units of the site's currency by the transaction's rate (without one 0): what is put back to its
--   net, so that it is as it stood then.
-- Source: refund_rows.
CREATE OR REPLACE VIEW footfall.later_refunds AS
SELECT transaction, sum(ifNull(amount, 0)) AS later
FROM footfall.refund_rows(site = {site:String}, start = {as_of:DateTime64(3, 'UTC')} + toIntervalMillisecond(1), end = toDateTime64('2100-01-02 00:00:00', 3, 'UTC'))
WHERE matched
GROUP BY transaction;
