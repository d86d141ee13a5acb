GRANT SELECT, INSERT ON batch, tx, cell, entry, fact, annotation TO manager
