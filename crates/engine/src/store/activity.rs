//! When a session was last active, as far as its times can be right.

use crate::ahead;

/// As SQL, of a session `s`, in milliseconds. A session whose times are all ahead of the clock has none.
macro_rules! active_ms {
    () => {
        "iif(ifnull(s.last_ms, 0) <= unixepoch('subsec') * 1000 + 3600000, s.last_ms,
           coalesce((SELECT max(a.time_ms) FROM message a WHERE a.session_id = s.id
               AND a.time_ms <= unixepoch('subsec') * 1000 + 3600000),
             iif(s.created_ms <= unixepoch('subsec') * 1000 + 3600000, s.created_ms, NULL)))"
    };
}
pub(super) use active_ms;

/// The same where no constant is asked for.
pub const ACTIVE_MS: &str = active_ms!();

const _: () = assert!(ahead::TOLERANCE_MS == 3_600_000, "as the SQL has it");
