//! Proved bytes put in the place of what was found damaged.

use crate::store::{AlteredContent, ChunkPlace, CursorId, Piece, Store};

/// Proved bytes on their way into the database.
#[derive(Debug)]
pub enum Mend {
    /// A part of the archive.
    Archive {
        /// The cursor.
        cursor: CursorId,
        /// Where it begins.
        from: u64,
        /// The chunks that stand there.
        chunks: Vec<ChunkPlace>,
        /// What takes their place.
        pieces: Vec<Piece>,
    },
    /// A content, as its name says.
    Content(AlteredContent, Vec<u8>),
}

/// Puts it in its place.
pub fn apply(store: &mut Store, mend: &Mend) -> rusqlite::Result<()> {
    match mend {
        Mend::Archive {
            cursor,
            from,
            chunks,
            pieces,
        } => store.mend_chunks(*cursor, *from, chunks, pieces),
        Mend::Content(content, bytes) => store.mend_content(content.shelf, content.hash, bytes),
    }
}
