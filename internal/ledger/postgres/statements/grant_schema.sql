GRANT SELECT ON goose_db_version TO manager
