INSERT INTO fact (seq, subject, version, pos, kind, used, cap, body)
SELECT $1::bigint, unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::integer[]), unnest($5::smallint[]),
    unnest($6::bigint[]), unnest($7::bigint[]), unnest($8::bytea[])
