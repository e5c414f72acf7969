insert into footfall.sites (site) values ('shop'), ('other');
insert into footfall.profile_values (site, user_id, key, value) values ('shop', 'ann', 'level', 'plus'), ('shop', 'bob', 'city', 'Rome'), ('other', 'eve', 'levle', 'x')
