-- Returns: where a session stands among those of its person, as UInt128: by its start, of equal starts by visitor. Not by session id, which
-- tells what arrived first.
CREATE OR REPLACE FUNCTION visit_place AS (started_at, visitor_key) ->
    bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Milli(started_at)), 64), toUInt128(visitor_key));
