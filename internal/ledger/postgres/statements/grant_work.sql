GRANT SELECT, INSERT, DELETE ON live, due, barrier TO manager
