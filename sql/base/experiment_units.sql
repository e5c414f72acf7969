-- Grain: one unit (person or visitor, as the experiment says) of an experiment, exposed between `since` and the end; bots apart.
-- Parameters: site, experiment String (one experiment, or with '' all of the site).
-- Definition: exposed_ms = its first exposure to any variation and first_arm that variation's place in the experiment's list, 0 where the list
--   lacks it (of equal times the lesser); multiple = more than one was seen; arm =
--   first_arm, or 0 where multiple: only arms above 0 are compared. session_key = the first exposure's, as event_rows may carry it; dimension = ''.
-- Source: experiment_exposures.
CREATE OR REPLACE VIEW footfall.experiment_units AS
SELECT
    number,
    unit,
    any(e.bot) AS bot,
    -- One number, so that the smallest is the first exposure with its variation.
    toInt64(intDiv(min(exposure), 256)) AS exposed_ms,
    toUInt8(min(exposure) % 256) AS first_arm,
    min(exposure % 256) != max(exposure % 256) AS multiple,
    if(multiple OR bot, 0, first_arm) AS arm,
    argMin(e.session_key, (exposure, session_id)) AS session_key,
    '' AS dimension
FROM footfall.experiment_exposures(site = {site:String}, experiment = {experiment:String}) AS e
GROUP BY number, unit;
