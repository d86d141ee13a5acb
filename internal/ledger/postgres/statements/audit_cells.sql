SELECT seq, pos, id, tenant, account, bucket, lot, unit, kind FROM cell ORDER BY seq, pos
