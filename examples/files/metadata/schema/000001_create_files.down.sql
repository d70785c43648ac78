DROP TABLE fences;
DROP TABLE files;
