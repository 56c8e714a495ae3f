//! Who caused a record.

use super::json::{Text, object};

object! {
    /// Who caused a record.
    Kind<'de> {
        "kind" => kind: Text<'de>,
    }
}

impl Kind<'_> {
    /// A person did, or nobody says otherwise.
    pub fn is_human(&self) -> bool {
        self.kind.0.as_deref().is_none_or(|kind| kind == "human")
    }
}
