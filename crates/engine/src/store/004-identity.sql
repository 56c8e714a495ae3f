-- Version 4: words that are neither side's have a place.

ALTER TABLE message ADD COLUMN event_text TEXT;
