//! When a session was last active, as far as its times can be right.

/// As SQL, of a session `s`, with the parameter that holds the latest time that can be right. A session whose times are
/// all ahead of the clock has none.
pub fn active_ms(latest: &str) -> String {
    format!(
        "iif(ifnull(s.last_ms, 0) <= {latest}, s.last_ms,
           coalesce((SELECT max(a.time_ms) FROM message a WHERE a.session_id = s.id AND a.time_ms <= {latest}),
             iif(s.created_ms <= {latest}, s.created_ms, NULL)))"
    )
}
