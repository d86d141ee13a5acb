SELECT seq, payload FROM batch WHERE shard = 0 AND seq = ANY ($1::bigint[])
