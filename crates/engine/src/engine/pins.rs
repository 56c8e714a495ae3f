//! Sessions a person pinned: ids, one a line, in a file of the data folder. The database is the
//! engine's to write; this file belongs to whoever pins.

use std::io::{ErrorKind, Write as _};

use super::Engine;
use crate::error::{Error, Result};
use crate::model::SessionRow;

impl Engine {
    /// The sessions that are pinned and known, in the order they were pinned.
    pub fn pinned(&self) -> Result<Vec<SessionRow>> {
        let ids = self.pins()?;
        if ids.is_empty() || !self.has_database() {
            return Ok(Vec::new());
        }
        let reader = self.reader()?;
        let mut found = Vec::new();
        for id in ids {
            if let Ok((_, session)) = reader.find_session(&id).map_err(|e| reader.explain(&e))? {
                found.push(session);
            }
        }
        Ok(found)
    }

    /// Pins a session, or takes its pin away.
    pub fn pin(&self, session: &str, is_pinned: bool) -> Result<()> {
        let id = self.session(session)?.id;
        let mut ids = self.pins()?;
        ids.retain(|each| *each != id);
        if is_pinned {
            ids.push(id);
        }
        let path = self.dir().pins();
        let new = path.with_extension("new");
        let text: String = ids.iter().map(|id| format!("{id}\n")).collect();
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // In its place only when it is whole.
        options
            .open(&new)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())
                    .and_then(|()| file.sync_all())
            })
            .and_then(|()| std::fs::rename(&new, &path))
            .map_err(|error| Error::io("write", &path, error))
    }

    pub(super) fn pins(&self) -> Result<Vec<String>> {
        let path = self.dir().pins();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Error::io("read", &path, error)),
        }
    }
}
