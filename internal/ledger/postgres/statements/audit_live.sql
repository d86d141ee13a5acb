SELECT account, subject, base FROM live
