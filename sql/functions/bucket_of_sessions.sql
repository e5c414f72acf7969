-- Returns: 2 for 1 session, 3 for 2, 4 for 3 to 5, 5 for 6 to 10, 6 for 11 and more (rows of `stickiness`).
CREATE OR REPLACE FUNCTION bucket_of_sessions AS (n) -> toUInt8(2 + (n >= 2) + (n >= 3) + (n >= 6) + (n >= 11));
