select * from footfall.people order by person_id
