INSERT INTO live (account, subject, base)
SELECT account, subject, base FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS written (account, subject, base)
