-- Grain: one exposed unit of an experiment, where a dimension is asked for; none for by ''.
-- Parameters: site, experiment String (one experiment, or with '' all of the site), by String.
-- Definition: dimension = that of the session of the first exposure, so that it never changes afterwards. new = the person's first
--   active session starts no earlier than that session.
-- Source: experiments, experiment_units, session_facts, session_aliases, people.
CREATE OR REPLACE VIEW footfall.experiment_dimensions AS
WITH (SELECT any(site) FROM footfall.experiments WHERE experiment_asked(site, experiment, {site:String}, {experiment:String})) AS shop
SELECT
    u.number AS number,
    u.unit AS unit,
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
FROM footfall.experiment_units(site = {site:String}, experiment = {experiment:String}) AS u
LEFT ANY JOIN (SELECT session_id, root FROM footfall.session_aliases FINAL WHERE site = shop) AS a ON a.session_id = u.session_id
LEFT ANY JOIN
(
    SELECT session_id, channel, source, medium, campaign, term, content, country, language, device, platform, browser, landing_page, started_at
    FROM footfall.session_facts
    WHERE site = shop
) AS s ON s.session_id = if(a.root = '', u.session_id, a.root)
LEFT ANY JOIN
(
    SELECT cityHash64(arrayJoin(arrayConcat([person_id], arrayMap(v -> concat('v:', v), visitor_ids)))) AS unit, first_seen
    FROM footfall.people
    WHERE site = shop AND {by:String} = 'new_or_returning'
) AS p ON p.unit = u.unit
WHERE {by:String} != '';
