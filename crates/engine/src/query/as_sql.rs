//! A search as a query of the views of docs/sql.md, for those who want to go on from there.
//!
//! It finds what holds the words anywhere, by reading everything: the words index is not among the views.

use crate::ahead;

use super::{Content, Filter, Kind, Query, Speaker, Term, Test};

/// Where words are looked for.
const TEXTS: [&str; 6] = [
    "m.user_text LIKE {}",
    "m.assistant_text LIKE {}",
    "m.thinking_text LIKE {}",
    "m.event_text LIKE {}",
    "EXISTS (SELECT 1 FROM tool_uses u WHERE u.message_id = m.id AND u.parameters LIKE {})",
    "EXISTS (SELECT 1 FROM tool_use_results r WHERE r.message_id = m.id AND r.output LIKE {})",
];

impl Query {
    /// The search as SQL.
    pub fn as_sql(&self) -> String {
        let alternatives: Vec<String> = self
            .alternatives()
            .iter()
            .map(|terms| {
                terms
                    .iter()
                    .map(|term| of_term(term))
                    .collect::<Vec<_>>()
                    .join("\n  AND ")
            })
            .collect();
        let mut conditions = match alternatives.len() {
            0 => Vec::new(),
            1 => alternatives,
            _ => vec![format!("(({}))", alternatives.join(")\n   OR ("))],
        };
        conditions.extend(self.filters().map(|filter| of_filter(filter, &self.pinned)));
        let conditions = match conditions.is_empty() {
            true => String::new(),
            false => format!("\nWHERE {}", conditions.join("\n  AND ")),
        };
        format!(
            "SELECT m.timestamp, s.project_name, s.title, m.role, coalesce(m.user_text, m.assistant_text) AS text, m.id\n\
             FROM messages m JOIN sessions s ON s.id = m.session_id{conditions}\nORDER BY m.timestamp DESC\nLIMIT 100"
        )
    }
}

fn of_term(term: &Term) -> String {
    // People cannot see whether a symbol says how it looks.
    let pattern = like(term.text.trim_end_matches(['\u{FE0E}', '\u{FE0F}']));
    let places = TEXTS
        .map(|text| text.replace("{}", &pattern))
        .join("\n    OR ");
    let not = if term.is_excluded { "NOT " } else { "" };
    // What is NULL holds nothing.
    match term.is_excluded {
        true => format!("{not}ifnull({places}, 0)"),
        false => format!("({places})"),
    }
}

fn of_filter(filter: &Filter, pinned: &[String]) -> String {
    let condition = match &filter.test {
        Test::Project(part) if part.contains(['/', '\\']) => {
            format!(
                "replace(s.project_path, '\\', '/') LIKE {}",
                like(&part.replace('\\', "/"))
            )
        }
        Test::Project(part) => format!("s.project_name LIKE {}", like(part)),
        Test::Session(part) => {
            // A file's name is mostly the session's id.
            let id = part.strip_suffix(".jsonl").unwrap_or(part);
            let id = id.rsplit(['/', '\\']).next().unwrap_or(id);
            format!("(s.id LIKE {} OR s.title LIKE {})", like(id), like(part))
        }
        Test::Branch(part) => {
            format!(
                "m.id IN (SELECT message_id FROM env_info WHERE git_branch LIKE {})",
                like(part)
            )
        }
        Test::Model(part) => format!("m.model LIKE {}", like(part)),
        Test::Agent(part) => format!("s.agent LIKE {}", like(part)),
        Test::Role(speaker) => match speaker {
            Speaker::User => "m.role IN ('prompt', 'queued_prompt', 'withdrawn_prompt')".into(),
            Speaker::Assistant => "m.role = 'assistant'".into(),
            Speaker::Tool => "m.role = 'tool_result'".into(),
            Speaker::Thinking => "m.thinking_text IS NOT NULL".into(),
            Speaker::Event => "(m.role = 'event' OR m.event_text IS NOT NULL)".into(),
            Speaker::System => "m.role IN ('injected', 'compact_summary', 'event')".into(),
        },
        Test::Tool(name) => format!(
            "m.id IN (SELECT message_id FROM tool_uses WHERE tool_name LIKE {})",
            pattern(&starred(name))
        ),
        Test::File(pattern) => format!(
            "m.id IN (SELECT message_id FROM tool_uses WHERE parameters LIKE {})",
            self::pattern(&format!("%{}%", starred(pattern)))
        ),
        Test::Is(Kind::Error) => {
            "m.id IN (SELECT message_id FROM tool_use_results WHERE error)".into()
        }
        // What is ahead of the clock is not new.
        Test::Is(Kind::Live) => format!(
            "s.last_activity_at BETWEEN strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-10 minutes')\n    \
             AND strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+{} minutes')",
            ahead::TOLERANCE_MS / 60_000
        ),
        Test::Is(Kind::Pinned) => {
            let ids: Vec<String> = pinned.iter().map(|id| quoted(id)).collect();
            format!("s.id IN ({})", ids.join(", "))
        }
        Test::Is(Kind::Subagent) => "m.is_sidechain".into(),
        Test::Has(Content::Image) => {
            "m.id IN (SELECT message_id FROM attachments WHERE kind = 'image')".into()
        }
        Test::Has(Content::Diff) => {
            "m.id IN (SELECT message_id FROM tool_uses WHERE parameters LIKE '%\"new_string\"%')"
                .into()
        }
        Test::Has(Content::Code) => "m.assistant_text LIKE '%```%'".into(),
        Test::Has(Content::Thinking) => "m.thinking_text IS NOT NULL".into(),
        Test::Time(from, until) => time(*from, *until),
    };
    match filter.is_excluded {
        true => format!("NOT ifnull({condition}, 0)"),
        false => condition,
    }
}

fn time(from: i64, until: i64) -> String {
    let moment = |ms: i64| {
        let moment = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
        quoted(&format!("{moment:.3}"))
    };
    let from = (from != i64::MIN).then(|| format!("m.timestamp >= {}", moment(from)));
    let until = (until != i64::MAX).then(|| format!("m.timestamp < {}", moment(until)));
    let bounds: Vec<String> = from.into_iter().chain(until).collect();
    format!("({})", bounds.join(" AND "))
}

fn like(part: &str) -> String {
    pattern(&format!("%{}%", plain(part)))
}

/// A pattern of `LIKE`, with what makes plain signs of its own.
fn pattern(pattern: &str) -> String {
    match pattern.contains('\\') {
        true => format!("{} ESCAPE '\\'", quoted(pattern)),
        false => quoted(pattern),
    }
}

/// What was typed has no signs of `LIKE`'s.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The same, but a star stands for anything.
fn starred(text: &str) -> String {
    plain(text).replace('*', "%")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::now;
    use super::Query;

    #[test]
    fn a_search_as_sql() {
        let sql = Query::parse_at("it's project:kite -role:tool after:2026-11-01", &now()).as_sql();
        for part in [
            "m.user_text LIKE '%it''s%'",
            "s.project_name LIKE '%kite%'",
            "NOT ifnull(m.role = 'tool_result', 0)",
            "m.timestamp >= '2026-11-01T00:00:00.000Z'",
        ] {
            assert!(sql.contains(part), "{part} in {sql}");
        }
        for (typed, part) in [
            ("a_b 9%", r"m.user_text LIKE '%a\_b%' ESCAPE '\'"),
            ("a_b 9%", r"m.user_text LIKE '%9\%%' ESCAPE '\'"),
            ("tool:mcp__x*", r"tool_name LIKE 'mcp\_\_x%' ESCAPE '\'"),
            ("file:src/*.rs", "parameters LIKE '%src/%.rs%')"),
            ("session:/x/12bd.jsonl", "s.id LIKE '%12bd%'"),
        ] {
            let sql = Query::parse_at(typed, &now()).as_sql();
            assert!(sql.contains(part), "{part} in {sql}");
        }
        assert!(!Query::parse_at("", &now()).as_sql().contains("WHERE"));
    }
}
