-- Grain: one month of the site's zone.
-- Parameters: site String.
-- Definition: analytics_consent_rate = accepted records / (accepted + unconsented), by arrival; ads_consent_rate = events that
--   consent to ads / events; erasures_asked in the month (of all sites) and of those erasures_done; receipts = numbers of the done.
-- Source: consent_months.
CREATE OR REPLACE VIEW footfall.privacy AS
SELECT
    month,
    toDateTime(month, site_zone({site:String})) AS at,
    if(accepted + unconsented = 0, NULL, accepted / (accepted + unconsented)) AS analytics_consent_rate,
    if(events = 0, NULL, with_ads / events) AS ads_consent_rate,
    length(asked) AS erasures_asked,
    length(done) AS erasures_done,
    done AS receipts
FROM footfall.consent_months(site = {site:String})
WHERE (SELECT ok FROM footfall.check_site(site = {site:String})) = 0
ORDER BY month;
