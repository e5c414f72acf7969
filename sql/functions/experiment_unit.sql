-- Returns: the number of a unit of experiments: of a person (its session's own account, else the one its visitor was last known by, else the visitor)
-- or, for experiments by visitor, of the visitor; as person_of, without making its text.
CREATE OR REPLACE FUNCTION experiment_unit AS (kind, own, known, visitor) -> if(
    kind = 'visitor' OR (own = '' AND known = ''),
    cityHash64(kind, 'v', visitor),
    cityHash64(kind, 'u', if(own = '', known, own)));
