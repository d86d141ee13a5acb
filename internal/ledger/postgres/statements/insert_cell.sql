INSERT INTO cell (seq, id, pos, tenant, account, bucket, lot, unit, kind)
SELECT $1::bigint, unnest($2::bigint[]), unnest($3::integer[]), unnest($4::uuid[]), unnest($5::uuid[]), unnest($6::uuid[]),
    unnest($7::bigint[]), unnest($8::text[]), unnest($9::smallint[])
