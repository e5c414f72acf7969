-- Returns: 1 if `milestones` has all that a funnel needs: only its event names, no property, no order among other events.
CREATE OR REPLACE FUNCTION steps_narrow AS (steps, mode) ->
    mode != 'strict_order'
    AND NOT arrayExists(s -> position(s, ':') > 0, steps)
    AND hasAll(
        ['view_item', 'add_to_wishlist', 'add_to_cart', 'remove_from_cart', 'view_cart', 'begin_checkout', 'add_shipping_info',
         'add_payment_info', 'payment_attempt', 'payment_failed', 'purchase', 'refund', 'sign_up', 'search', 'select_item'],
        arrayFlatten(arrayMap(s -> step_names(s), steps)));
