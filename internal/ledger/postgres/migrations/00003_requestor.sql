-- +goose Up

-- Who asked, as the API server knew them.
ALTER TABLE annotation ADD COLUMN requestor text NOT NULL DEFAULT '';
