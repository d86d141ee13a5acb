SELECT at, subject, account FROM due WHERE at <= $1 ORDER BY at, subject LIMIT $2
