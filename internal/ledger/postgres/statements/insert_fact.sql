INSERT INTO fact (seq, subject, version, pos, kind, used, cap, body)
SELECT $1::bigint, subject, version, pos, kind, used, cap, body
FROM unnest($2::uuid[], $3::bigint[], $4::integer[], $5::smallint[], $6::bigint[], $7::bigint[], $8::bytea[])
    AS written (subject, version, pos, kind, used, cap, body)
