-- Grain: one unit (person or visitor, as the experiment says) of an experiment, exposed between `since` and the end; bots apart.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String (a dimension, '' for none).
-- Definition: exposed_ms = its first exposure to any variation and first_arm that variation's place in the experiment's list, 0 where the list
--   lacks it (of equal times the lesser); multiple = more than one was seen; arm =
--   first_arm, or 0 where multiple: only arms above 0 are compared. dimension = that of the first exposure's session, so that it never
--   changes; new = the person's first active session starts no earlier.
-- Source: experiment_exposures, experiments; for a dimension session_facts, session_aliases, people.
CREATE OR REPLACE VIEW footfall.experiment_people AS
WITH
    (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS shop,
    exposed AS
    (
        SELECT
            number,
            unit,
            any(bot) AS is_bot,
            -- One number, so that the smallest is the first exposure with its variation.
            min(exposure) AS first,
            min(exposure % 256) != max(exposure % 256) AS multiple,
            if({by:String} = '', '', argMin(session_id, (exposure, session_id))) AS session_id
        FROM footfall.experiment_exposures(site = {site:String}, experiment = {experiment:String})
        GROUP BY number, unit
    )
SELECT
    x.number AS number,
    x.unit AS unit,
    x.is_bot AS bot,
    toInt64(intDiv(x.first, 256)) AS exposed_ms,
    toUInt8(x.first % 256) AS first_arm,
    x.multiple AS multiple,
    if(multiple OR bot, 0, first_arm) AS arm,
    if({by:String} = 'channel', toString(s.channel),
    if({by:String} = 'source', toString(s.source),
    if({by:String} = 'medium', toString(s.medium),
    if({by:String} = 'campaign', toString(s.campaign),
    if({by:String} = 'term', s.term,
    if({by:String} = 'content', s.content,
    if({by:String} = 'country', toString(s.country),
    if({by:String} = 'language', toString(s.language),
    if({by:String} = 'device', toString(s.device),
    if({by:String} = 'platform', toString(s.platform),
    if({by:String} = 'browser', toString(s.browser),
    if({by:String} = 'landing_page', s.landing_page,
    if({by:String} = 'new_or_returning', if(p.first_seen >= s.started_at, 'new', 'returning'),
    ''))))))))))))) AS dimension
FROM exposed AS x
LEFT ANY JOIN
(
    SELECT
        arrayJoin(arrayConcat([f.session_id], a.absorbed)) AS raw_session_id,
        channel, source, medium, campaign, term, content, country, language, device, platform, browser, landing_page, started_at
    FROM footfall.session_facts AS f
    LEFT ANY JOIN (SELECT root, groupArray(session_id) AS absorbed FROM footfall.session_aliases FINAL WHERE site = shop GROUP BY root) AS a ON a.root = f.session_id
    WHERE f.site = shop AND {by:String} != ''
) AS s ON s.raw_session_id = x.session_id
LEFT ANY JOIN
(
    SELECT
        arrayJoin(arrayConcat(
            [experiment_unit('person', '', if(startsWith(person_id, 'u:'), substring(person_id, 3), ''), substring(person_id, 3))],
            arrayMap(v -> experiment_unit('visitor', '', '', v), visitor_ids))) AS unit,
        first_seen
    FROM footfall.people
    WHERE site = shop AND {by:String} = 'new_or_returning'
) AS p ON p.unit = x.unit
SETTINGS do_not_merge_across_partitions_select_final = 1;
