-- Version 5: what is known of the bytes that are committed is said, and no longer by times that a file may
-- have; what became of a prompt that waited is told by all of its session's transcripts, not by the one in
-- which it waits; and whether an id names one call or many is noted with the call.

-- Hash of what may have been typed; NULL where it waits.
ALTER TABLE message ADD COLUMN words INTEGER;
CREATE INDEX message_words ON message(words) WHERE words IS NOT NULL;

-- Where prompts wait in a queue.
DROP TABLE waiting;
CREATE TABLE waiting (
  cursor_id  INTEGER NOT NULL,
  offset     INTEGER NOT NULL,
  session_id INTEGER NOT NULL,            -- whose queue
  words      INTEGER NOT NULL,            -- hash of what was typed
  prompt     TEXT NOT NULL,               -- the same in copies: key of its message, hash of the body
  time_ms    INTEGER,                     -- or of what stands before it
  role       INTEGER NOT NULL REFERENCES label(id),
  fate       INTEGER NOT NULL,            -- by this transcript: see `Fate`
  message_id INTEGER REFERENCES message(id), -- NULL: it stands where it was delivered
  PRIMARY KEY (cursor_id, offset)
) WITHOUT ROWID;
CREATE INDEX waiting_words ON waiting(session_id, words);
CREATE INDEX waiting_open ON waiting(cursor_id, session_id, offset) WHERE fate = 0;
CREATE INDEX waiting_message ON waiting(message_id) WHERE message_id IS NOT NULL;

-- Another call has the agent's id of this one, so it cannot be called by that alone.
ALTER TABLE tool_use ADD COLUMN is_shared INTEGER NOT NULL DEFAULT 0;
UPDATE tool_use SET is_shared = 1 WHERE key IN (
  SELECT key FROM tool_use WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1);
DROP VIEW call_name;
CREATE VIEW call_name AS
SELECT u.id AS call, CASE
  WHEN u.key IS NOT NULL AND NOT u.is_shared THEN u.key
  ELSE ifnull(u.key, '') || '@' || m.key || '#' ||
    (SELECT count(*) FROM tool_use x WHERE x.message_id = u.message_id AND x.id <= u.id) END AS name
FROM tool_use u JOIN message m ON m.id = u.message_id;

-- The bytes before the offset are known to have stood in the file of the stamp; it was read in part.
ALTER TABLE cursor ADD COLUMN is_proved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cursor ADD COLUMN is_unfinished INTEGER NOT NULL DEFAULT 0;
-- Up to version 4 a time of 0 said that it was read in part. What was edited while it was read was never compared
-- then: each file is compared once.
UPDATE cursor SET parser = 0, is_unfinished = mtime_ns = 0;
