-- Returns: 0. Errors: a dimension that experiment_segments does not know, with the list of those that it does.
CREATE OR REPLACE FUNCTION check_segment AS (by) ->
    throwIf(
        by NOT IN (
            'channel', 'source', 'medium', 'campaign', 'term', 'content', 'country', 'language', 'device', 'platform', 'browser',
            'landing_page', 'new_or_returning'),
        concat(
            'unknown dimension ''', by, '''; dimensions of an experiment: channel, source, medium, campaign, term, content, country, ',
            'language, device, platform, browser, landing_page, new_or_returning'));
