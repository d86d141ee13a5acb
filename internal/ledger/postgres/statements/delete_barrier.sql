DELETE FROM barrier WHERE id = $1
