INSERT INTO tx (seq, pos, id, op, status, fingerprint_version, code, fingerprint)
SELECT $1::bigint, pos, id, op, status, fingerprint_version, code, fingerprint
FROM unnest($2::integer[], $3::uuid[], $4::integer[], $5::smallint[], $6::smallint[], $7::text[], $8::bytea[])
    AS written (pos, id, op, status, fingerprint_version, code, fingerprint)
