INSERT INTO tx (seq, pos, id, op, status, fingerprint_version, code, fingerprint)
SELECT $1::bigint, unnest($2::integer[]), unnest($3::uuid[]), unnest($4::integer[]), unnest($5::smallint[]),
    unnest($6::smallint[]), unnest($7::text[]), unnest($8::bytea[])
