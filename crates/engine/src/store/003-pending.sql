-- Version 3: a whole record whose newline has not come yet is kept as it stands, for the day its file goes.

CREATE TABLE pending (
  cursor_id INTEGER PRIMARY KEY REFERENCES cursor(id),
  body      BLOB NOT NULL                  -- what follows the cursor's offset
);
