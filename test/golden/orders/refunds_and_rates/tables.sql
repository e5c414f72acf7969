insert into footfall.sites (site, timezone, currency) values ('shop', 'Asia/Shanghai', 'EUR');
insert into footfall.fx_rates (day, from_currency, to_currency, rate) values ('2026-11-01', 'JPY', 'EUR', 0.006), ('2026-11-02', 'JPY', 'EUR', 0.005)
