//! Proved bytes put in the place of what was found damaged.

use crate::store::{AlteredContent, ChunkPlace, CursorId, Store};

/// Proved bytes on their way into the database.
#[derive(Debug)]
pub struct Mend {
    /// The cursor.
    pub cursor: CursorId,
    /// Chunks and the bytes they held.
    pub chunks: Vec<(ChunkPlace, Vec<u8>)>,
    /// Contents as their names say.
    pub contents: Vec<(AlteredContent, Vec<u8>)>,
}

/// Puts everything in its place.
pub fn apply(store: &mut Store, mend: &Mend) -> rusqlite::Result<()> {
    for (content, bytes) in &mend.contents {
        store.mend_content(content.shelf, content.hash, bytes)?;
    }
    for (chunk, bytes) in &mend.chunks {
        store.mend_chunk(mend.cursor, *chunk, bytes)?;
    }
    Ok(())
}
