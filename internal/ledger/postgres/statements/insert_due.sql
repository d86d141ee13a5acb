INSERT INTO due (at, subject, account)
SELECT at, subject, account FROM unnest($1::bigint[], $2::uuid[], $3::uuid[]) AS written (at, subject, account)
