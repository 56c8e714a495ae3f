-- Version 4: what a record is, is known by where it stands; what it says, by its content. Foreign ids
-- only name things. Every row can be derived from the archive anew.

DROP VIEW messages;
DROP VIEW tool_uses;
DROP VIEW tool_use_results;
DROP VIEW attachments;

-- `key` is the agent's id (with `~` behind it where it looks like one of ours). Of several bodies under one id the oldest has it bare, each other one
-- followed by `~` and its hash (flag 16). Further flags: 32 a later wording of a line that was
-- changed in place, 64 read from a copy that says so itself.
ALTER TABLE message ADD COLUMN event_text TEXT;
-- Of a message without a time: when what stands before it was written.
ALTER TABLE message ADD COLUMN near_ms INTEGER;

-- By which parser the rows of a cursor were made (0: to be made anew), and what the next record must
-- know of those before it.
ALTER TABLE cursor ADD COLUMN parser INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cursor ADD COLUMN context TEXT;
-- The bytes behind the offset that wait for their newline, recognised again.
ALTER TABLE cursor ADD COLUMN waiting_len INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cursor ADD COLUMN waiting_hash INTEGER NOT NULL DEFAULT 0;
-- What those bytes say, for as long as they wait.
CREATE TABLE pending_record (
  cursor_id  INTEGER NOT NULL REFERENCES cursor(id),
  offset     INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  PRIMARY KEY (cursor_id, offset)
) WITHOUT ROWID;

-- Where else a message stands than at the place that owns it.
CREATE TABLE copy (
  message_id INTEGER NOT NULL REFERENCES message(id),
  cursor_id  INTEGER NOT NULL,
  offset     INTEGER NOT NULL,
  session_id INTEGER NOT NULL REFERENCES session(id),
  is_fork    INTEGER NOT NULL,             -- the record says itself that it is a copy
  PRIMARY KEY (message_id, cursor_id, offset)
) WITHOUT ROWID;
CREATE INDEX membership_message ON membership(message_id);
INSERT INTO copy
SELECT r.message_id, r.cursor_id, r.offset,
  coalesce((SELECT x.session_id FROM membership x WHERE x.message_id = m.id AND x.session_id = t.session_id),
           (SELECT x.session_id FROM membership x WHERE x.message_id = m.id), m.session_id), 0
FROM record r JOIN message m ON m.id = r.message_id
  JOIN cursor c ON c.id = r.cursor_id JOIN transcript t ON t.id = c.transcript_id
WHERE r.cursor_id <> m.cursor_id OR r.offset <> m.offset;
CREATE INDEX copy_session ON copy(session_id, message_id);
CREATE INDEX copy_cursor ON copy(cursor_id, offset);
DROP TABLE membership;
DROP TABLE revision;

-- A call is known by its message and its place in it. The agent's id of a call only pairs: an
-- answer that has found its call has no `key` of its own.
CREATE TABLE call (
  id         INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES message(id),
  key        TEXT,
  name       TEXT NOT NULL,
  parameters TEXT,
  text_id    INTEGER REFERENCES text(id)
);
INSERT INTO call SELECT u.id, u.message_id, c.key, u.name, u.parameters, u.text_id
  FROM tool_use u JOIN tool_call c ON c.id = u.id;
CREATE TABLE answer (
  id         INTEGER PRIMARY KEY,
  message_id INTEGER NOT NULL REFERENCES message(id),
  key        TEXT,
  call_id    INTEGER REFERENCES call(id),
  is_error   INTEGER NOT NULL,
  output     TEXT,
  text_id    INTEGER REFERENCES text(id)
);
INSERT INTO answer SELECT r.id, r.message_id, iif(u.id IS NULL, c.key, NULL), u.id, r.is_error, r.output, r.text_id
  FROM tool_result r JOIN tool_call c ON c.id = r.id LEFT JOIN tool_use u ON u.id = r.id;
DROP TABLE tool_result;
DROP TABLE tool_use;
DROP TABLE tool_call;
ALTER TABLE call RENAME TO tool_use;
ALTER TABLE answer RENAME TO tool_result;
CREATE INDEX tool_use_message ON tool_use(message_id);
CREATE INDEX tool_use_key ON tool_use(key) WHERE key IS NOT NULL;
CREATE INDEX tool_result_message ON tool_result(message_id);
CREATE INDEX tool_result_call ON tool_result(call_id) WHERE call_id IS NOT NULL;
CREATE INDEX tool_result_key ON tool_result(key) WHERE key IS NOT NULL;

-- What each message says of the tokens of its API response. The oldest of a response counts them,
-- in `message`.
DROP TABLE response;
CREATE TABLE usage (
  message_id INTEGER PRIMARY KEY REFERENCES message(id),
  response   INTEGER NOT NULL,             -- hash of what identifies it
  input INTEGER NOT NULL, output INTEGER NOT NULL,
  cache_creation INTEGER NOT NULL, cache_read INTEGER NOT NULL
);
CREATE INDEX usage_response ON usage(response);

-- What the records of one cursor say of a session. The session is all of them, put together.
CREATE TABLE session_part (
  session_id    INTEGER NOT NULL REFERENCES session(id),
  cursor_id     INTEGER NOT NULL,          -- negative while its rows are made anew; 0: from before version 4
  first_ms      INTEGER,
  last_ms       INTEGER,
  is_home       INTEGER NOT NULL,
  has_records   INTEGER NOT NULL,
  project_path  TEXT,
  git_branch    TEXT, branch_ms INTEGER,
  model         TEXT, model_ms INTEGER,
  custom_title  TEXT, custom_ms INTEGER,
  agent_title   TEXT, agent_ms INTEGER,
  first_prompt  TEXT, prompt_ms INTEGER,
  parent        TEXT, parent_under TEXT,
  started_by    TEXT, subagent_type TEXT,
  forked_from   TEXT,
  PRIMARY KEY (session_id, cursor_id)
) WITHOUT ROWID;
CREATE INDEX session_part_cursor ON session_part(cursor_id);
INSERT INTO session_part
SELECT id, 0, created_ms, last_ms, 0, transcript_id IS NOT NULL, project_path, git_branch, last_ms, model, last_ms,
  custom_title, NULL, agent_title, NULL, first_prompt, first_prompt_ms, parent_key, '', started_by,
  subagent_type, forked_from FROM session;

-- A subagent's id is unique only under the session (or, of old, the folder) it lies with. `key` is
-- `base`, or `base@under` where several share it.
ALTER TABLE session ADD COLUMN base TEXT;
ALTER TABLE session ADD COLUMN under TEXT;
UPDATE session SET base = key;
CREATE INDEX session_base ON session(base);
CREATE INDEX session_parent ON session(parent_key) WHERE parent_key IS NOT NULL;

CREATE TABLE summary_4 (
  leaf      TEXT NOT NULL,
  cursor_id INTEGER NOT NULL,
  offset    INTEGER NOT NULL,
  text      TEXT NOT NULL,
  PRIMARY KEY (leaf, cursor_id, offset)
) WITHOUT ROWID;
INSERT INTO summary_4 SELECT leaf, 0, 0, text FROM summary;
DROP TABLE summary;
ALTER TABLE summary_4 RENAME TO summary;
CREATE TABLE started_4 (
  child      TEXT NOT NULL,
  cursor_id  INTEGER NOT NULL,
  offset     INTEGER NOT NULL,
  parent_key TEXT NOT NULL,
  call       TEXT,
  PRIMARY KEY (child, cursor_id, offset)
) WITHOUT ROWID;
INSERT INTO started_4 SELECT child, 0, 0, parent_key, call FROM started;
DROP TABLE started;
ALTER TABLE started_4 RENAME TO started;

-- Prompts that wait in a queue: a later one with the same words takes their place.
CREATE TABLE waiting (
  cursor_id   INTEGER NOT NULL,
  offset      INTEGER NOT NULL,
  message_id  INTEGER NOT NULL REFERENCES message(id),
  words       INTEGER NOT NULL,            -- hash of them
  is_absorbed INTEGER NOT NULL,
  session_id  INTEGER NOT NULL,            -- whose queue
  PRIMARY KEY (cursor_id, offset)
) WITHOUT ROWID;
CREATE INDEX waiting_message ON waiting(message_id);

-- What the words index must let go of: a message that is no more, with what was indexed of it. Without
-- texts: its facts are to be read again.
CREATE TABLE stale (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id INTEGER NOT NULL,
  shard      INTEGER NOT NULL,
  one TEXT, two TEXT, three TEXT, four TEXT
);
CREATE INDEX stale_shard ON stale(shard, id);
-- The agent's ids of messages that are no more: what follows them names them by their numbers.
CREATE TABLE gone (
  id  INTEGER PRIMARY KEY,
  key TEXT NOT NULL
);
-- Numbers of messages up to here were given out; none is given out twice.
INSERT INTO tally VALUES ('message_floor', 0);

CREATE VIEW messages AS
SELECT m.key AS id, s.key AS session_id,
  coalesce((SELECT iif(p.flags & 16, substr(p.key, 1, length(p.key) - 17), p.key)
            FROM message p WHERE p.id = m.parent_id), (SELECT g.key FROM gone g WHERE g.id = m.parent_id),
    m.parent_key) AS parent_id,
  k.text AS type,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.time_ms / 1000.0, 'unixepoch') AS timestamp,
  m.user_text, m.assistant_text, m.thinking_text, s.project_name,
  (SELECT l.text FROM label l WHERE l.id = m.model) AS model,
  m.flags & 1 AS is_sidechain, (m.flags >> 1) & 1 AS is_meta,
  m.input_tokens, m.output_tokens, m.cache_creation_tokens, m.cache_read_tokens,
  r.text AS role, m.event_text,
  iif(m.flags & 32, substr(m.key, 1, length(m.key) - 17), NULL) AS revision_of
FROM message m JOIN session s ON s.id = m.session_id
  JOIN label k ON k.id = m.kind JOIN label r ON r.id = m.role;

-- The name of a call: the agent's id where no other call has it, else with its message.
CREATE VIEW call_name AS
SELECT u.id AS call, CASE
  WHEN u.key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tool_use x WHERE x.key = u.key AND x.id <> u.id) THEN u.key
  ELSE ifnull(u.key, '') || '@' || m.key || '#' ||
    (SELECT count(*) FROM tool_use x WHERE x.message_id = u.message_id AND x.id <= u.id) END AS name
FROM tool_use u JOIN message m ON m.id = u.message_id;

CREATE VIEW tool_uses AS
SELECT (SELECT n.name FROM call_name n WHERE n.call = u.id) AS id, m.key AS message_id,
  u.name AS tool_name,
  coalesce(u.parameters, (SELECT t.body FROM text t WHERE t.id = u.text_id)) AS parameters,
  u.key AS call_id
FROM tool_use u JOIN message m ON m.id = u.message_id;

CREATE VIEW tool_use_results AS
SELECT m.key || '#' || (SELECT count(*) FROM tool_result x WHERE x.message_id = r.message_id AND x.id <= r.id) AS id,
  (SELECT n.name FROM call_name n WHERE n.call = r.call_id) AS tool_use_id, m.key AS message_id,
  coalesce(r.output, (SELECT t.body FROM text t WHERE t.id = r.text_id)) AS output,
  r.is_error AS error,
  coalesce((SELECT u.key FROM tool_use u WHERE u.id = r.call_id), r.key) AS call_id
FROM tool_result r JOIN message m ON m.id = r.message_id;

CREATE VIEW attachments AS
SELECT m.key || '#' || (SELECT count(*) FROM attachment x WHERE x.message_id = a.message_id AND x.id <= a.id) AS id,
  m.key AS message_id, a.kind, a.filename, a.mime_type, a.bytes
FROM attachment a JOIN message m ON m.id = a.message_id;
