-- Returns: the dimension that asked_people was asked for; '' elsewhere.
CREATE OR REPLACE FUNCTION asked_by AS () -> splitByChar('\n', getSetting('log_comment'))[2];
