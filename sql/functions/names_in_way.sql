-- Returns: the names of the events that can fill a step of a funnel or, in strict_order, come between: page views and the shop's events.
CREATE OR REPLACE FUNCTION names_in_way AS (steps, mode) ->
    arrayConcat(
        all_step_names(steps),
        if(mode = 'strict_order',
            ['page_view', 'view_item_list', 'select_item', 'view_item', 'add_to_wishlist', 'add_to_cart', 'remove_from_cart', 'view_cart',
             'begin_checkout', 'add_shipping_info', 'add_payment_info', 'payment_attempt', 'payment_failed', 'purchase', 'refund', 'search',
             'view_promotion', 'select_promotion'],
            emptyArrayString()));
