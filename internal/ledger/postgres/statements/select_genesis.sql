SELECT payload FROM batch WHERE shard = 0 AND seq = 0
