insert into footfall.sites (site, point_value) values ('shop', 2);
insert into footfall.tiers (site, tier, points_from, spend_from, orders_from, window_days) values ('shop', 'silver', 500, 0, 0, 60), ('shop', 'gold', 1000, 0, 0, 0), ('shop', 'black', 1000, 9000, 0, 0)
