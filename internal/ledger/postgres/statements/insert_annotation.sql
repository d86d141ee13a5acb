INSERT INTO annotation (seq, pos, channel, reason)
SELECT $1::bigint, unnest($2::integer[]), unnest($3::text[]), unnest($4::text[])
