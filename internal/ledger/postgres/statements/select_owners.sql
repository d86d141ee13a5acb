SELECT id, account, bucket, lot FROM cell WHERE id = ANY ($1::bigint[])
