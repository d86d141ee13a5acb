DELETE FROM live
WHERE (account, subject) IN (SELECT account, subject FROM unnest($1::uuid[], $2::uuid[]) AS gone (account, subject))
