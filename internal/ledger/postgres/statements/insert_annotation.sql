INSERT INTO annotation (seq, pos, channel, reason)
SELECT $1::bigint, pos, channel, reason
FROM unnest($2::integer[], $3::text[], $4::text[]) AS written (pos, channel, reason)
