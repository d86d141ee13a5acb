SELECT at, subject, account FROM due
