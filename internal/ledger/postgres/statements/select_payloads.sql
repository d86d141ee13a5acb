SELECT payload FROM batch WHERE shard = 0 AND seq > $1 ORDER BY seq LIMIT $2
