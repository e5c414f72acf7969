-- Returns: the path of a page's URL, without query, fragment and a slash at its end ('/' is the home page); '' for none.
CREATE OR REPLACE FUNCTION page_path AS (url) ->
    if(url = '', '', if(path(url) IN ('', '/'), '/', replaceRegexpOne(path(url), '/+$', '')));
