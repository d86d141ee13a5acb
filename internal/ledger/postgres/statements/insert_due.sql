INSERT INTO due (at, subject, account)
SELECT unnest($1::bigint[]), unnest($2::uuid[]), unnest($3::uuid[])
