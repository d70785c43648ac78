DROP INDEX files_by_directory;
