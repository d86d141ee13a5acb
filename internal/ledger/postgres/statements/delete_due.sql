DELETE FROM due WHERE at = $1 AND subject = $2
