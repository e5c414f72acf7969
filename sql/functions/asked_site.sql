-- Returns: the site that asked_people was asked for; '' elsewhere.
CREATE OR REPLACE FUNCTION asked_site AS () -> splitByChar('\n', getSetting('log_comment'))[1];
