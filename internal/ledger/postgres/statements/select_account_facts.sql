WITH part (account, subject) AS (
    SELECT id, id FROM unnest($1::uuid[]) AS wanted (id)
    UNION ALL
    SELECT account, subject FROM live WHERE account = ANY ($1::uuid[])
)
SELECT newest.subject, newest.version, newest.kind, newest.used, newest.cap, newest.body, newest.seq, part.account
FROM part
CROSS JOIN LATERAL (
    SELECT subject, version, kind, used, cap, body, seq
    FROM fact
    WHERE subject = part.subject
    ORDER BY version DESC
    LIMIT 1
) AS newest
