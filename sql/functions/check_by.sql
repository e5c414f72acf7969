-- Returns: 0. Errors: a dimension that is not known, with the list of those that are.
CREATE OR REPLACE FUNCTION check_by AS (by) ->
    throwIf(
        by NOT IN (
            '', 'channel', 'source', 'medium', 'campaign', 'term', 'content', 'country', 'language', 'device', 'platform',
            'browser', 'connection', 'landing_page', 'new_or_returning')
        AND NOT match(by, '^profile:.+$'),
        concat(
            'unknown dimension ''', by, '''; dimensions: '''' (none), channel, source, medium, campaign, term, content, country, ',
            'language, device, platform, browser, connection, landing_page, new_or_returning, ',
            'profile:KEY'));
