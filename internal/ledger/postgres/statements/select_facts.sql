SELECT newest.subject, newest.version, newest.kind, newest.used, newest.cap, newest.body, newest.seq, wanted.id
FROM unnest($1::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT subject, version, kind, used, cap, body, seq
    FROM fact
    WHERE subject = wanted.id
    ORDER BY version DESC
    LIMIT 1
) AS newest
