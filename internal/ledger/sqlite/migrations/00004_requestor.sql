-- +goose Up

-- Who asked, as the API server knew them.
ALTER TABLE annotation ADD COLUMN requestor TEXT NOT NULL DEFAULT '';
