-- A writer of ours that is paused, or cut off, in the middle of a batch keeps
-- its rows locked, and no timeout of the server counts while it waits for the
-- rest of what a client sends.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND wait_event = 'ClientRead'
    AND backend_xid IS NOT NULL AND xact_start < clock_timestamp() - interval '10 seconds'
