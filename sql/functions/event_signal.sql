-- Returns: the trouble that an event is a sign of: error, slow_page (LCP over 2,500 ms), zero_result_search, shipping_shown, payment_failed,
-- out_of_stock, or ''. `in_stock`: of the event's items.
CREATE OR REPLACE FUNCTION event_signal AS (event_name, metrics, in_stock) ->
    multiIf(
        event_name = 'exception', 'error',
        event_name = 'page_timing' AND metrics['lcp_ms'] > 2500, 'slow_page',
        event_name = 'search' AND mapContains(metrics, 'search_results') AND metrics['search_results'] = 0, 'zero_result_search',
        event_name = 'add_shipping_info', 'shipping_shown',
        event_name = 'payment_failed', 'payment_failed',
        event_name = 'view_item' AND arrayExists(x -> NOT x, in_stock), 'out_of_stock',
        '');
