-- Returns: the path of a page's URL, without query, fragment and slashes at its end ('/' is the home page), at most 256 characters; '' for none.
-- As `page` of event_rows and the pages of sessions, which are worked out when they are written.
CREATE OR REPLACE FUNCTION page_path AS (url) ->
    if(url = '', '', if(path(url) IN ('', '/'), '/', substringUTF8(replaceRegexpOne(path(url), '/+$', ''), 1, 256)));
