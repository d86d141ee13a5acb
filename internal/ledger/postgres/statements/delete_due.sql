DELETE FROM due
WHERE (at, subject) IN (SELECT at, subject FROM unnest($1::bigint[], $2::uuid[]) AS gone (at, subject))
