INSERT INTO entry (seq, cell_id, version, amount, balance_after, floor, pos)
SELECT $1::bigint, cell_id, version, amount, balance_after, floor, pos
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[])
    AS written (cell_id, version, amount, balance_after, floor, pos)
