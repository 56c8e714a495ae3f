-- Version 2: an event knows the session it is about, so that a reader can go there.

ALTER TABLE event ADD COLUMN session_id INTEGER REFERENCES session(id);
-- Finds that session, and what a transcript that went held.
CREATE INDEX session_transcript ON session(transcript_id);
