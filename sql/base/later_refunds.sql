-- Grain: one transaction and currency with refunds after as_of.
-- Parameters: site String, as_of DateTime64(3, 'UTC').
-- Definition: later = those refunds as orders_fact takes them off, minor units of `currency` as sent: put back to its net, it is as it stood then.
-- Source: milestones.
CREATE OR REPLACE VIEW footfall.later_refunds AS
SELECT
    if(transaction_id = '', event_id, transaction_id) AS transaction,
    toString(currency) AS currency,
    toInt64(sum(abs(value))) AS later
FROM footfall.milestones FINAL
PREWHERE event_name IN ('refund', 'purchase')
WHERE site = {site:String} AND event_time > {as_of:DateTime64(3, 'UTC')}
    AND (event_name = 'refund' OR (event_name = 'purchase' AND value < 0))
GROUP BY transaction, currency;
