-- The index of refused transactions is small.
SELECT id, seq, pos, fingerprint, fingerprint_version FROM tx WHERE status = 2 AND id = ANY ($1::uuid[])
