INSERT INTO barrier (id) VALUES ($1)
