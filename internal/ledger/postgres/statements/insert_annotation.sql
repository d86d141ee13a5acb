INSERT INTO annotation (seq, pos, channel, reason, requestor)
SELECT $1::bigint, unnest($2::integer[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[])
