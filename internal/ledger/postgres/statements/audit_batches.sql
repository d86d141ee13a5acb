SELECT shard, seq, prev_seq, format, rules, instant, prev_hash, hash, payload FROM batch ORDER BY shard, seq
