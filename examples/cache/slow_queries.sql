-- The view of slow queries that the guide asks; a superuser has to make it.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
