//! The clipboard. On X11 what is copied is given out by whoever copied it, so it is kept for as long
//! as the app lives.

use std::sync::{Mutex, PoisonError};

use arboard::Clipboard;

/// The clipboard, opened with the first copy.
#[derive(Default)]
pub struct Copies(Mutex<Option<Clipboard>>);

impl Copies {
    /// Copies a text.
    ///
    /// # Errors
    /// The system has no clipboard for us.
    pub fn copy(&self, text: String) -> Result<(), arboard::Error> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            *open = Some(Clipboard::new()?);
        }
        match open.as_mut() {
            Some(clipboard) => clipboard.set_text(text),
            None => Err(arboard::Error::ContentNotAvailable),
        }
    }
}
