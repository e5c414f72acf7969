-- Returns: the value that a session's own row has of a dimension (its name a constant): '' for one that no row has, and for none.
CREATE OR REPLACE FUNCTION session_dimension AS (name, channel, source, medium, campaign, term, content, country, language, device, platform, browser, landing_page) ->
    if(name = 'channel', toString(channel),
    if(name = 'source', toString(source),
    if(name = 'medium', toString(medium),
    if(name = 'campaign', toString(campaign),
    if(name = 'term', term,
    if(name = 'content', content,
    if(name = 'country', toString(country),
    if(name = 'language', toString(language),
    if(name = 'device', toString(device),
    if(name = 'platform', toString(platform),
    if(name = 'browser', toString(browser),
    if(name = 'landing_page', landing_page,
    ''))))))))))));
