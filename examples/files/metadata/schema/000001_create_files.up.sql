CREATE TABLE files (
  path text PRIMARY KEY,
  backend text NOT NULL,
  object text NOT NULL,
  size bigint NOT NULL,
  sha256 text NOT NULL,
  content_type text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
-- The token of the lock under which each path was last changed; it outlives the file.
CREATE TABLE fences (
  path text PRIMARY KEY,
  token bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
