//! Stub until merge.

/// Text.
pub fn readable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "").trim().to_owned()
}
