SELECT seq, pos, subject, version, kind, used, cap, fell_from, body FROM fact ORDER BY seq, pos
