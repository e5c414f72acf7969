-- Grain: one row: the time up to which every answer is whole.
-- Definition: least(newest watermark, the slowest live partition's greatest(watermark, caught_up_at)); live = of the
--   topic's newest epoch. 1970 while nothing has been read.
-- Source: positions.
CREATE OR REPLACE VIEW footfall.as_of AS
SELECT least(max(watermark), minIf(greatest(watermark, caught_up_at), live)) AS as_of
FROM
(
    SELECT watermark, caught_up_at, epoch = max(epoch) OVER (PARTITION BY topic) AS live
    FROM footfall.positions FINAL
);
