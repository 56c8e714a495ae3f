-- Version 1, which later steps build on. Tables are ours and may change; the views at the end are the contract (docs/sql.md).

CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- A file an agent writes. Never deleted: when the file goes, `missing_since` says so.
CREATE TABLE transcript (
  id            INTEGER PRIMARY KEY,
  agent         TEXT NOT NULL,
  path          BLOB NOT NULL UNIQUE,      -- as the system spells it
  session_id    INTEGER REFERENCES session(id),  -- for records that name none
  born_ns       INTEGER NOT NULL,          -- oldest time the file system knows: orders owners
  first_seen_ms INTEGER NOT NULL,
  missing_since_ms INTEGER
);

-- How far a transcript is read. One row is current; a row with `superseded_ms` keeps what stood
-- from `start` to `offset` before the agent rewrote it.
CREATE TABLE cursor (
  id            INTEGER PRIMARY KEY,
  transcript_id INTEGER NOT NULL REFERENCES transcript(id),
  generation    INTEGER NOT NULL,
  start         INTEGER NOT NULL,
  offset        INTEGER NOT NULL,
  dev INTEGER NOT NULL, ino INTEGER NOT NULL, size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, checked_ns INTEGER NOT NULL,
  head_len INTEGER NOT NULL, head_hash INTEGER NOT NULL,
  last_len INTEGER NOT NULL, last_hash INTEGER NOT NULL,
  superseded_ms INTEGER,
  UNIQUE (transcript_id, generation)
);

-- What became of every byte: the spans of a cursor tile [start, offset).
CREATE TABLE record (
  cursor_id  INTEGER NOT NULL REFERENCES cursor(id),
  offset     INTEGER NOT NULL,
  len        INTEGER NOT NULL,
  hash       INTEGER NOT NULL,             -- xxh3-64 of the bytes
  kind       INTEGER NOT NULL,             -- 0 blank, 1 entry, 2 reject
  message_id INTEGER,
  PRIMARY KEY (cursor_id, offset)
) WITHOUT ROWID;

-- The bytes themselves: chunks of a cursor tile [start, offset) too. Contents with rows of their
-- own are cut out (src/store/template.rs), the rest is a zstd frame (src/store/archive.rs).
CREATE TABLE archive (
  id        INTEGER PRIMARY KEY,
  cursor_id INTEGER NOT NULL REFERENCES cursor(id),
  offset    INTEGER NOT NULL,
  len       INTEGER NOT NULL,              -- raw bytes
  holes     BLOB NOT NULL,                 -- where contents were cut out, and which
  frame     BLOB NOT NULL,                 -- the bytes around them, compressed
  UNIQUE (cursor_id, offset)
);

CREATE TABLE reject (
  id             INTEGER PRIMARY KEY,
  cursor_id      INTEGER NOT NULL REFERENCES cursor(id),
  offset         INTEGER NOT NULL,
  len            INTEGER NOT NULL,
  reason         TEXT NOT NULL,
  parser_version INTEGER NOT NULL,
  first_seen_ms  INTEGER NOT NULL,
  UNIQUE (cursor_id, offset)
);

CREATE TABLE session (
  id            INTEGER PRIMARY KEY,
  agent         TEXT NOT NULL,
  key           TEXT NOT NULL,             -- the agent's id
  transcript_id INTEGER REFERENCES transcript(id),
  project_path  TEXT,
  project_name  TEXT,
  created_ms    INTEGER,
  last_ms       INTEGER,
  message_count INTEGER NOT NULL DEFAULT 0,
  parent_key    TEXT,
  started_by    TEXT,                      -- the call that started a subagent
  subagent_type TEXT,
  forked_from   TEXT,
  git_branch    TEXT,
  model         TEXT,
  custom_title  TEXT,
  agent_title   TEXT,
  summary_title TEXT,
  first_prompt  TEXT,
  first_prompt_ms INTEGER,
  UNIQUE (agent, key)
);
CREATE INDEX session_key ON session(key);
CREATE INDEX session_recent ON session(last_ms);

-- Titles waiting for, or given to, the session that holds the message `leaf`.
CREATE TABLE summary (
  leaf  TEXT PRIMARY KEY,
  text  TEXT NOT NULL
) WITHOUT ROWID;

-- Who started a subagent, by the word of the one who did.
CREATE TABLE started (
  child      TEXT PRIMARY KEY,
  parent_key TEXT NOT NULL,
  call       TEXT
) WITHOUT ROWID;

CREATE TABLE label (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
);

CREATE TABLE env (
  id            INTEGER PRIMARY KEY,
  working_dir   TEXT, git_branch TEXT, platform TEXT, agent_version TEXT
);
CREATE UNIQUE INDEX env_unique ON env(
  ifnull(working_dir, ''), ifnull(git_branch, ''), ifnull(platform, ''), ifnull(agent_version, ''));

CREATE TABLE message (
  id           INTEGER PRIMARY KEY,
  key          TEXT NOT NULL UNIQUE,       -- the agent's id, or one derived from the bytes
  session_id   INTEGER NOT NULL REFERENCES session(id),
  cursor_id    INTEGER NOT NULL,           -- where the kept body stands
  offset       INTEGER NOT NULL,
  parent_id    INTEGER,
  parent_key   TEXT,                       -- only when the parent was unknown
  kind         INTEGER NOT NULL REFERENCES label(id),
  role         INTEGER NOT NULL REFERENCES label(id),
  model        INTEGER REFERENCES label(id),
  time_ms      INTEGER,
  env_id       INTEGER REFERENCES env(id),
  flags        INTEGER NOT NULL,           -- 1 sidechain, 2 put in by the agent, 4 calls, 8 answers
  shard        INTEGER NOT NULL,           -- which words index holds it; 0 none
  body_hash    INTEGER NOT NULL,
  input_tokens INTEGER, output_tokens INTEGER,
  cache_creation_tokens INTEGER, cache_read_tokens INTEGER,
  user_text TEXT, assistant_text TEXT, thinking_text TEXT
);
CREATE INDEX message_session ON message(session_id);

-- Sessions that hold a copy of a message another session owns (forks, resumed sessions).
CREATE TABLE membership (
  session_id INTEGER NOT NULL REFERENCES session(id),
  message_id INTEGER NOT NULL REFERENCES message(id),
  PRIMARY KEY (session_id, message_id)
) WITHOUT ROWID;

-- A later, different body of a message; its bytes are in the archive at that place.
CREATE TABLE revision (
  message_id    INTEGER NOT NULL REFERENCES message(id),
  body_hash     INTEGER NOT NULL,
  cursor_id     INTEGER NOT NULL,
  offset        INTEGER NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (message_id, body_hash)
) WITHOUT ROWID;

-- Which message counts the tokens of an API response.
CREATE TABLE response (
  hash       BLOB PRIMARY KEY,             -- xxh3-128 of agent and response id
  message_id INTEGER NOT NULL
) WITHOUT ROWID;

-- Gives a call and its answer one number, whichever comes first.
CREATE TABLE tool_call (
  id  INTEGER PRIMARY KEY,
  key TEXT UNIQUE
);
-- Short arguments and outputs stand in their row, long ones in `text`.
CREATE TABLE tool_use (
  id         INTEGER PRIMARY KEY REFERENCES tool_call(id),
  message_id INTEGER NOT NULL REFERENCES message(id),
  name       TEXT NOT NULL,
  parameters TEXT,
  text_id    INTEGER REFERENCES text(id)
);
CREATE INDEX tool_use_message ON tool_use(message_id);
CREATE TABLE tool_result (
  id         INTEGER PRIMARY KEY REFERENCES tool_call(id),
  message_id INTEGER NOT NULL REFERENCES message(id),
  is_error   INTEGER NOT NULL,
  output     TEXT,
  text_id    INTEGER REFERENCES text(id)
);
CREATE INDEX tool_result_message ON tool_result(message_id);

-- Contents kept once and never changed: rows show them, and the archive refers to them by hash
-- (the first half of BLAKE3) instead of repeating them.
CREATE TABLE text (
  id   INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  body TEXT NOT NULL
);
CREATE TABLE blob (
  hash BLOB PRIMARY KEY,
  data BLOB NOT NULL
);
CREATE TABLE attachment (
  id         INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES message(id),
  kind       TEXT NOT NULL,
  filename   TEXT,
  mime_type  TEXT,
  bytes      INTEGER,
  hash       BLOB REFERENCES blob(hash)
);
CREATE INDEX attachment_message ON attachment(message_id);

-- The watcher's log, the newest few thousand.
CREATE TABLE event (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms         INTEGER NOT NULL,
  kind          TEXT NOT NULL,
  file          TEXT NOT NULL,
  bytes         INTEGER NOT NULL,
  messages      INTEGER NOT NULL,
  processing_us INTEGER NOT NULL,
  latency_us    INTEGER
);

-- Counts that would take a scan to find.
CREATE TABLE tally (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO tally VALUES ('messages', 0);

CREATE VIEW sessions AS
SELECT s.key AS id, s.agent, s.project_path, s.project_name,
  coalesce(s.custom_title, s.agent_title, s.summary_title, s.first_prompt) AS title,
  strftime('%Y-%m-%dT%H:%M:%fZ', s.created_ms / 1000.0, 'unixepoch') AS created_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', s.last_ms / 1000.0, 'unixepoch') AS last_activity_at,
  s.message_count, coalesce(s.parent_key, s.forked_from) AS parent_session_id, s.git_branch, s.model,
  CAST(t.path AS TEXT) AS source_path,
  strftime('%Y-%m-%dT%H:%M:%fZ', t.missing_since_ms / 1000.0, 'unixepoch') AS source_missing_since
FROM session s LEFT JOIN transcript t ON t.id = s.transcript_id;

CREATE VIEW messages AS
SELECT m.key AS id, s.key AS session_id,
  coalesce((SELECT p.key FROM message p WHERE p.id = m.parent_id), m.parent_key) AS parent_id,
  k.text AS type,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.time_ms / 1000.0, 'unixepoch') AS timestamp,
  m.user_text, m.assistant_text, m.thinking_text, s.project_name,
  (SELECT l.text FROM label l WHERE l.id = m.model) AS model,
  m.flags & 1 AS is_sidechain, (m.flags >> 1) & 1 AS is_meta,
  m.input_tokens, m.output_tokens, m.cache_creation_tokens, m.cache_read_tokens,
  r.text AS role
FROM message m JOIN session s ON s.id = m.session_id
  JOIN label k ON k.id = m.kind JOIN label r ON r.id = m.role;

CREATE VIEW tool_uses AS
SELECT coalesce(c.key, 'unnamed-' || u.id) AS id, m.key AS message_id,
  u.name AS tool_name,
  coalesce(u.parameters, (SELECT t.body FROM text t WHERE t.id = u.text_id)) AS parameters
FROM tool_use u JOIN tool_call c ON c.id = u.id JOIN message m ON m.id = u.message_id;

CREATE VIEW tool_use_results AS
SELECT r.id, coalesce(c.key, 'unnamed-' || r.id) AS tool_use_id, m.key AS message_id,
  coalesce(r.output, (SELECT t.body FROM text t WHERE t.id = r.text_id)) AS output,
  r.is_error AS error
FROM tool_result r JOIN tool_call c ON c.id = r.id JOIN message m ON m.id = r.message_id;

CREATE VIEW attachments AS
SELECT a.id, m.key AS message_id, a.kind, a.filename, a.mime_type, a.bytes
FROM attachment a JOIN message m ON m.id = a.message_id;

CREATE VIEW env_info AS
SELECT m.key AS message_id, e.working_dir, e.git_branch, e.platform, e.agent_version
FROM message m JOIN env e ON e.id = m.env_id;
