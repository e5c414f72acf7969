-- Grain: one shop: `sites` as a dictionary, so that a zone or an exponent is a constant when a view's header is analysed.
-- Reload after loading sites: SYSTEM RELOAD DICTIONARY footfall.site_facts.
CREATE DICTIONARY IF NOT EXISTS footfall.site_facts
(
    site String,
    timezone String DEFAULT 'UTC',
    currency String DEFAULT 'USD',
    dormant_days UInt32 DEFAULT 60,
    churned_days UInt32 DEFAULT 180,
    point_value Int64 DEFAULT 0,
    key_events Array(String),
    brand_terms Array(String)
)
PRIMARY KEY site
SOURCE(CLICKHOUSE(QUERY 'SELECT site, timezone, currency, dormant_days, churned_days, point_value, key_events, brand_terms FROM footfall.sites FINAL'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(MIN 30 MAX 60);
