INSERT INTO batch (shard, seq, prev_seq, format, rules, instant, prev_hash, hash, payload)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
