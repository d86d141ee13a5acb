INSERT INTO cell (seq, id, pos, tenant, account, bucket, lot, unit, kind)
SELECT $1::bigint, id, pos, tenant, account, bucket, lot, unit, kind
FROM unnest($2::bigint[], $3::integer[], $4::uuid[], $5::uuid[], $6::uuid[], $7::bigint[], $8::text[], $9::smallint[])
    AS written (id, pos, tenant, account, bucket, lot, unit, kind)
