SELECT seq, hash, instant, clock_timestamp() FROM batch WHERE shard = 0 ORDER BY shard DESC, seq DESC LIMIT 1
