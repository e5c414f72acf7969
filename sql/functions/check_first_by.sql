-- Returns: 0. Errors: as check_by, but a cohort's dimension may also be first_item, first_category or first_coupon.
CREATE OR REPLACE FUNCTION check_first_by AS (by) ->
    throwIf(
        by NOT IN (
            '', 'first_item', 'first_category', 'first_coupon',
            'channel', 'source', 'medium', 'campaign', 'term', 'content', 'country', 'language', 'device', 'platform',
            'browser', 'connection', 'landing_page', 'new_or_returning')
        AND NOT match(by, '^(profile|variation|segment):'),
        concat(
            'unknown dimension ''', by, '''; dimensions: '''' (none), first_item, first_category, first_coupon, channel, source, medium, ',
            'campaign, term, content, country, language, device, platform, browser, connection, landing_page, new_or_returning, ',
            'segment:NAME, segment:!NAME, variation:EXPERIMENT, profile:KEY'));
