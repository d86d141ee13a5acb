INSERT INTO entry (seq, cell_id, version, amount, balance_after, floor, pos)
SELECT $1::bigint, unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::bigint[]), unnest($5::bigint[]),
    unnest($6::bigint[]), unnest($7::integer[])
