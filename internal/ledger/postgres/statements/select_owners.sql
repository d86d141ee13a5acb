SELECT id, account FROM cell WHERE id = ANY ($1::bigint[])
