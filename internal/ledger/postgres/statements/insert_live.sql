INSERT INTO live (account, subject, base)
SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::bigint[])
