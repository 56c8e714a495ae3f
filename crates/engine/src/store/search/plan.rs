//! A query as an expression of FTS5 and as needles for the texts it finds.

use rusqlite::Connection;

use super::super::marks;
use super::super::shard::Shard;
use super::expression::{begins, quoted};
use super::variants::{self, Variants};
use crate::model::Widened;
use crate::query::{Content, Kind, Query, Shape, Speaker, Term, Test};
use crate::text::{Folded, Needle};

/// What is tried in turn: as typed, and then with more taken for it.
pub const STEPS: [Option<Widened>; 5] = [
    None,
    Some(Widened::Signs),
    Some(Widened::Prefix),
    Some(Widened::Substring),
    Some(Widened::Typo),
];

/// How a query is answered.
#[derive(Debug)]
pub struct Plan {
    /// In FTS5's language.
    pub expression: String,
    /// Alternatives, each of terms that must all hold.
    pub alternatives: Vec<Vec<Look>>,
    /// The index finds more than is meant: what it finds has to be looked at.
    pub must_check: bool,
    /// It has many words.
    pub is_wide: bool,
    /// All that was typed is this, which may be an id.
    pub id: Option<String>,
    /// What could not be done in full.
    pub notes: Vec<String>,
}

/// A term in a text.
#[derive(Debug)]
pub struct Look {
    /// Any of these.
    pub needles: Vec<Needle>,
    /// None of them.
    pub is_excluded: bool,
}

impl Plan {
    /// The plan for a step; `None` where it is that of the step before, or can find nothing.
    pub fn new(
        conn: &Connection,
        shards: &[Shard],
        query: &Query,
        step: Option<Widened>,
    ) -> rusqlite::Result<Option<Self>> {
        if !changes(query, step) {
            return Ok(None);
        }
        let mut plan = Self {
            expression: String::new(),
            alternatives: Vec::new(),
            must_check: false,
            is_wide: false,
            id: step.is_none().then(|| id(query)).flatten(),
            notes: Vec::new(),
        };
        let typed = query.alternatives();
        let mut expressions = Vec::new();
        'alternatives: for terms in &typed {
            let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
            let mut looks = Vec::new();
            for term in terms {
                let step = step.filter(|_| !term.is_excluded);
                let Some(Variants {
                    expression,
                    needles,
                    is_wide,
                    note,
                }) = variants::of(conn, shards, term, step)?
                else {
                    if term.is_excluded {
                        continue;
                    }
                    continue 'alternatives;
                };
                plan.notes.extend(note);
                let has_signs = needles.iter().any(Needle::has_signs);
                plan.must_check |= has_signs;
                plan.is_wide |= is_wide;
                match term.is_excluded {
                    false => wanted.push(expression),
                    // With signs the index would leave out too much.
                    true if has_signs => {}
                    true => unwanted.push(expression),
                }
                looks.push(Look {
                    needles,
                    is_excluded: term.is_excluded,
                });
            }
            expressions.push(all_but(&wanted, &unwanted));
            plan.alternatives.push(looks);
        }
        if expressions.is_empty() && !typed.is_empty() {
            return Ok(None);
        }
        let words = match expressions.is_empty() {
            true => Vec::new(),
            false => vec![format!("({})", expressions.join(" OR "))],
        };
        let (with, without) = marked(query);
        plan.expression = all_but(&[words, with].concat(), &without);
        Ok(Some(plan))
    }

    /// Whether a message with these texts is meant.
    pub fn holds(&self, texts: &[Folded<'_>]) -> bool {
        let occurs = |look: &Look| {
            look.needles.iter().any(|needle| {
                texts
                    .iter()
                    .any(|text| needle.find(text.text()).next().is_some())
            })
        };
        let holds = |look: &Look| occurs(look) != look.is_excluded;
        self.alternatives
            .iter()
            .any(|looks| looks.iter().all(holds))
    }

    /// The terms that must occur, in any alternative.
    pub fn wanted(&self) -> impl Iterator<Item = &Look> {
        self.alternatives
            .iter()
            .flatten()
            .filter(|look| !look.is_excluded)
    }
}

/// Whether a step takes more for any term than the one before.
fn changes(query: &Query, step: Option<Widened>) -> bool {
    let mut terms = query.wanted();
    let can_widen = |term: &Term| matches!(term.shape, Shape::Words | Shape::Prefix);
    match step {
        None => true,
        Some(Widened::Signs) => terms.any(|term| {
            Needle::new(&term.text, false, false).is_some_and(|needle| needle.has_signs())
        }),
        Some(Widened::Prefix) => terms.any(|term| term.shape == Shape::Words),
        Some(Widened::Substring | Widened::Typo) => terms.any(can_widen),
    }
}

/// Everything of the first, nothing of the second.
fn all_but(wanted: &[String], unwanted: &[String]) -> String {
    let any = [quoted(marks::ANY)];
    let wanted = if wanted.is_empty() { &any } else { wanted };
    let wanted = wanted.join(" AND ");
    match unwanted.is_empty() {
        true => format!("({wanted})"),
        false => format!("(({wanted}) NOT ({}))", unwanted.join(" OR ")),
    }
}

/// What the index can answer of the filters: what must hold, and what must not.
fn marked(query: &Query) -> (Vec<String>, Vec<String>) {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let (mut roles, mut tools) = (Vec::new(), Vec::new());
    for filter in query.filters() {
        let (expression, either) = match &filter.test {
            Test::Role(speaker) => (role(*speaker), Some(&mut roles)),
            Test::Tool(name) => (tool(name), Some(&mut tools)),
            Test::Is(Kind::Error) => (quoted(marks::ERROR), None),
            Test::Has(content) => (quoted(holds(*content)), None),
            _ => continue,
        };
        match (filter.is_excluded, either) {
            (true, _) => without.push(expression),
            (false, Some(either)) => either.push(expression),
            (false, None) => with.push(expression),
        }
    }
    for either in [roles, tools] {
        if !either.is_empty() {
            with.push(format!("({})", either.join(" OR ")));
        }
    }
    (with, without)
}

fn role(speaker: Speaker) -> String {
    let roles: &[&str] = match speaker {
        Speaker::User => &["prompt", "queued_prompt"],
        Speaker::Assistant => &["assistant"],
        Speaker::Tool => &["tool_result"],
        Speaker::Thinking => return quoted(marks::THINKING),
        Speaker::System => &["injected", "compact_summary", "event"],
    };
    let roles: Vec<String> = roles
        .iter()
        .map(|word| quoted(&marks::role(word)))
        .collect();
    format!("({})", roles.join(" OR "))
}

fn tool(name: &str) -> String {
    match name.strip_suffix('*') {
        Some(beginning) => begins(&marks::tool(beginning)),
        None => quoted(&marks::tool(name)),
    }
}

fn holds(content: Content) -> &'static str {
    match content {
        Content::Image => marks::IMAGE,
        Content::Diff => marks::DIFF,
        Content::Code => marks::CODE,
        Content::Thinking => marks::THINKING,
    }
}

/// What was typed, if it can be an id.
fn id(query: &Query) -> Option<String> {
    const SHORTEST: usize = 8;
    let mut wanted = query.wanted();
    let only = wanted.next().filter(|_| wanted.next().is_none())?;
    let is_sign = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (only.text.len() >= SHORTEST && only.text.chars().all(is_sign)).then(|| only.text.clone())
}

/// Why nothing was found: which words occur nowhere.
pub fn why_nothing(
    conn: &Connection,
    shards: &[Shard],
    query: &Query,
) -> rusqlite::Result<Option<String>> {
    let mut missing = Vec::new();
    let (mut count, mut terms) = (0, query.wanted().peekable());
    if terms.peek().is_none() {
        let has_filters = query.filters().next().is_some() || !query.is_empty();
        return Ok(has_filters.then(|| "no message passes".into()));
    }
    for term in terms {
        count += 1;
        let occurs = match variants::of(conn, shards, term, None)? {
            Some(variants) => occurs(conn, shards, &variants.expression)?,
            None => false,
        };
        if !occurs {
            missing.push(format!("“{}”", term.text));
        }
    }
    let narrowed = query.filters().next().is_some();
    Ok(match (missing.is_empty(), count, narrowed) {
        (false, _, _) => Some(format!("{} occurs nowhere", missing.join(", "))),
        (true, 1, true) => Some("it occurs, but the filters leave it out".into()),
        (true, 1, false) => Some("it occurs, but not as asked for".into()),
        (true, _, true) => {
            Some("each word occurs, but not all in one message that the filters let through".into())
        }
        (true, _, false) => Some("each word occurs, but never all of them in one message".into()),
    })
}

/// Whether an expression matches anything.
pub fn occurs(conn: &Connection, shards: &[Shard], expression: &str) -> rusqlite::Result<bool> {
    for shard in shards {
        let schema = shard.schema();
        let sql = format!("SELECT 1 FROM {schema}.words WHERE words MATCH ?1 LIMIT 1");
        if conn.prepare_cached(&sql)?.exists([expression])? {
            return Ok(true);
        }
    }
    Ok(false)
}
