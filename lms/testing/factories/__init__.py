"""Small makers of test data, one module per room: `make_unit(...)`, `make_person(...)`. They use the services."""
