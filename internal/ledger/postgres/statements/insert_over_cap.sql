-- The rare fact that counts more than its cap. One at a time: each has to see
-- the version before, which may be of this batch.
INSERT INTO fact (seq, subject, version, pos, kind, used, cap, body, fell_from)
VALUES ($1, $2, $3::bigint, $4, $5, $6, $7, $8,
    (SELECT used FROM fact WHERE subject = $2 AND version = $3::bigint - 1))
