-- +goose Up

-- Of each command it is asked whether it was refused before.
CREATE INDEX refused ON tx (id) WHERE status = 2;
