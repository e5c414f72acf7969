select topic, epoch, partition, live, position, log_end, lag, watermark, as_of, round(seconds_behind) = 0 as up_to_date from footfall.freshness where topic != 'events'
