SELECT id, seq, pos, fingerprint, fingerprint_version FROM tx WHERE id = ANY ($1::uuid[])
