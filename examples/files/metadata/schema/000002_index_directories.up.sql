-- Listings ask for all paths that begin with a directory.
CREATE INDEX files_by_directory ON files (path text_pattern_ops);
