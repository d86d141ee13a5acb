SELECT seq, pos, id, op, status, code, fingerprint, fingerprint_version FROM tx ORDER BY seq, pos
