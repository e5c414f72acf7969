-- Returns: the entry of an event's metrics by its name, NULL without one: a missing figure is not 0.
CREATE OR REPLACE FUNCTION metric_of AS (metrics, name) -> if(mapContains(metrics, name), metrics[name], NULL);
