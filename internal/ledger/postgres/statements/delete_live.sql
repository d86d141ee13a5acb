DELETE FROM live WHERE account = $1 AND subject = $2
