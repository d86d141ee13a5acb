-- A lot's block has a cell of each kind at most.
SELECT live.account, newest.cell_id, newest.version, newest.balance_after, newest.seq
FROM live
CROSS JOIN (VALUES (0), (1), (2), (3), (4)) AS kinds (kind)
CROSS JOIN LATERAL (
    SELECT cell_id, version, balance_after, seq
    FROM entry
    WHERE cell_id = live.base + kinds.kind
    ORDER BY version DESC
    LIMIT 1
) AS newest
WHERE live.account = ANY ($1::uuid[]) AND live.base > 0
