-- Returns: 0. Errors: a dimension that is not known, with the list of those that are. What follows a prefix is for check_period or check_dimension.
CREATE OR REPLACE FUNCTION check_by AS (by) ->
    throwIf(
        by NOT IN (
            '', 'channel', 'source', 'medium', 'campaign', 'term', 'content', 'country', 'language', 'device', 'platform',
            'browser', 'connection', 'landing_page', 'new_or_returning')
        AND NOT match(by, '^(profile|variation|segment):'),
        concat(
            'unknown dimension ''', by, '''; dimensions: '''' (none), channel, source, medium, campaign, term, content, country, ',
            'language, device, platform, browser, connection, landing_page, new_or_returning, ',
            'segment:NAME, segment:!NAME, variation:EXPERIMENT, profile:KEY'));
