-- Returns: GA4's default channel group of an origin, by the same rules, in the same order, as the pipeline gives sessions theirs;
-- for tables loaded by people (advertising costs). Held equal by test.
CREATE OR REPLACE FUNCTION channel_group AS (source, medium, campaign) -> arrayMap(
    (s, m, c, category) -> multiIf(
        s IN ('', '(direct)') AND m IN ('', '(none)', '(not set)') AND c IN ('', '(direct)', '(not set)'), 'Direct',
        position(c, 'cross-network') > 0, 'Cross-network',
        match(m, '^(.*cp.*|ppc|retargeting|paid.*)$'),
            multiIf(
                category = 'shopping' OR match(c, '^(.*(([^a-df-z]|^)shop|shopping).*)$'), 'Paid Shopping',
                category = 'search', 'Paid Search',
                category = 'social', 'Paid Social',
                category = 'video', 'Paid Video',
                m = 'cpm', 'Display',
                'Paid Other'),
        m IN ('display', 'banner', 'expandable', 'interstitial', 'cpm'), 'Display',
        m = 'ai-assistant' OR category = 'ai', 'AI Assistant',
        category = 'shopping' OR match(c, '^(.*(([^a-df-z]|^)shop|shopping).*)$'), 'Organic Shopping',
        category = 'social' OR m IN ('social', 'social-network', 'social-media', 'sm', 'social network', 'social media'), 'Organic Social',
        category = 'video' OR position(m, 'video') > 0, 'Organic Video',
        category = 'search' OR m = 'organic', 'Organic Search',
        m IN ('referral', 'app', 'link'), 'Referral',
        s IN ('email', 'e-mail', 'e_mail', 'e mail') OR m IN ('email', 'e-mail', 'e_mail', 'e mail'), 'Email',
        m = 'affiliate', 'Affiliates',
        m = 'audio', 'Audio',
        s = 'sms' OR m = 'sms', 'SMS',
        endsWith(m, 'push') OR position(m, 'mobile') > 0 OR position(m, 'notification') > 0 OR s = 'firebase', 'Mobile Push Notifications',
        'Unassigned'),
    [lower(source)], [lower(medium)], [lower(campaign)], [source_category(source)])[1];
