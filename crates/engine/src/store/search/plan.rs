//! A query as an expression of FTS5 and as needles for the texts it finds.

use rusqlite::Connection;

use super::super::named;
use super::super::shard::Shard;
use super::super::{left_aside, marks};
use super::expression::{any_of, begins, quoted};
use super::variants::{AT_ONCE, Known};
use super::wildcard::Wildcard;
use crate::model::Widened;
use crate::query::{Content, Kind, Query, Shape, Speaker, Term, Test};
use crate::text::Needle;

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
    /// All of it.
    pub whole: Asked,
    /// With less asked for terms that are many words, for the texts to tell the rest; none where there are none.
    pub loose: Option<Asked>,
    /// Alternatives, each of terms that must all hold.
    pub alternatives: Vec<Vec<Look>>,
    /// All that was typed is this, which may be an id.
    pub id: Option<String>,
    /// What is to be told of it.
    pub notes: Vec<String>,
    /// What the index is not asked for, being too much.
    pub cuts: Vec<String>,
    /// What the index knows of the filters, in FTS5's language; none where there are none.
    pub marks: Option<String>,
}

/// What the index is asked.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Asked {
    /// In FTS5's language; what any of them finds. One, unless it is wide.
    pub expressions: Vec<String>,
    /// It finds more than is meant: what it finds has to be looked at.
    pub must_check: bool,
    /// It has many words, and takes its time to begin.
    pub is_wide: bool,
    /// How many words are asked for.
    pub words: usize,
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
        known: &mut Known<'_>,
        query: &Query,
        step: Option<Widened>,
    ) -> rusqlite::Result<Option<Self>> {
        if !changes(query, step) {
            return Ok(None);
        }
        let mut plan = Self {
            whole: Asked::default(),
            loose: None,
            alternatives: Vec::new(),
            id: step.is_none().then(|| id(query)).flatten(),
            notes: Vec::new(),
            cuts: Vec::new(),
            marks: None,
        };
        let typed = query.alternatives();
        let (mut whole, mut loose) = (Vec::new(), Vec::new());
        'alternatives: for terms in &typed {
            let (mut all, mut few) = (Terms::default(), Terms::default());
            let mut looks = Vec::new();
            for term in terms {
                let step = step.filter(|_| !term.is_excluded);
                let Some(variants) = known.variants(term, step)? else {
                    if term.is_excluded {
                        continue;
                    }
                    continue 'alternatives;
                };
                plan.notes.extend(variants.note);
                plan.cuts.extend(variants.cut);
                plan.whole.is_wide |= variants.is_wide;
                plan.whole.words += variants.words;
                let has_signs =
                    variants.must_check || variants.needles.iter().any(Needle::has_signs);
                // What is not asked for in full would leave out too much.
                let is_asked = !term.is_excluded || !has_signs && variants.expressions.len() == 1;
                plan.whole.must_check |= has_signs || !is_asked;
                match &variants.loose {
                    _ if !is_asked => {}
                    _ if !variants.is_wide => few.add(term, &variants.expressions),
                    Some(loose) if !term.is_excluded => few.add(term, std::slice::from_ref(loose)),
                    _ => {}
                }
                if is_asked {
                    all.add(term, &variants.expressions);
                }
                looks.push(Look {
                    needles: variants.needles,
                    is_excluded: term.is_excluded,
                });
            }
            whole.extend(all.expressions());
            loose.extend(few.expressions());
            plan.alternatives.push(looks);
        }
        if whole.is_empty() && !typed.is_empty() {
            return Ok(None);
        }
        let (mut with, without) = marked(query);
        let has_wide_files = match files(known, query)? {
            Files::Any => false,
            Files::None => return Ok(None),
            Files::Only {
                expression,
                is_wide,
            } => {
                with.push(expression);
                is_wide
            }
        };
        plan.marks = (!with.is_empty() || !without.is_empty()).then(|| all_but(&with, &without));
        let filtered = |words: &[String]| all_but(&[words, &with].concat(), &without);
        let together = |any: &[String]| match any.is_empty() {
            true => vec![filtered(&[])],
            false => vec![filtered(&[any_of(any)])],
        };
        plan.whole.expressions = match plan.whole.is_wide {
            true => whole.chunks(1).map(filtered).collect(),
            false => together(&whole),
        };
        plan.loose = plan.whole.is_wide.then(|| Asked {
            expressions: together(&loose),
            must_check: true,
            is_wide: false,
            words: 0,
        });
        plan.whole.is_wide |= has_wide_files;
        Ok(Some(plan))
    }

    /// Whether a message passes the filters that the index knows of.
    pub fn lets_through(
        &self,
        conn: &Connection,
        shards: &[Shard],
        message: i64,
    ) -> rusqlite::Result<bool> {
        let Some(marks) = &self.marks else {
            return Ok(true);
        };
        for shard in shards {
            let schema = shard.schema();
            let sql = format!("SELECT 1 FROM {schema}.words WHERE words MATCH ?1 AND rowid = ?2");
            if conn.prepare_cached(&sql)?.exists((marks, message))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a message with these folded texts is meant.
    pub fn holds(&self, texts: &[&str]) -> bool {
        let occurs_in = |needle: &Needle| {
            let mut texts = texts.iter();
            texts.any(|text| needle.find(text).next().is_some())
        };
        let occurs = |look: &Look| look.needles.iter().any(occurs_in);
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

/// The terms of one alternative, each any of some expressions.
#[derive(Default)]
struct Terms {
    wanted: Vec<Vec<String>>,
    unwanted: Vec<String>,
}

impl Terms {
    fn add(&mut self, term: &Term, expressions: &[String]) {
        match term.is_excluded {
            false => self.wanted.push(expressions.to_vec()),
            true => self.unwanted.push(any_of(expressions)),
        }
    }

    /// What any of finds what all terms find: the term with the most expressions is asked for in one after the other.
    fn expressions(&self) -> Vec<String> {
        let mut wanted: Vec<&[String]> = self.wanted.iter().map(Vec::as_slice).collect();
        wanted.sort_by_key(|any| std::cmp::Reverse(any.len()));
        let Some((most, others)) = wanted.split_first() else {
            return vec![all_but(&[], &self.unwanted)];
        };
        let others: Vec<String> = others.iter().map(|any| any_of(any)).collect();
        let with = |one| all_but(&[one, &others[..]].concat(), &self.unwanted);
        most.chunks(1).map(with).collect()
    }
}

/// Whether a step takes more for any term than the one before.
fn changes(query: &Query, step: Option<Widened>) -> bool {
    let mut terms = query.wanted();
    let can_widen = |term: &Term| matches!(term.shape, Shape::Words | Shape::Prefix);
    match step {
        None => true,
        Some(Widened::Signs) => terms.any(|term| {
            term.shape != Shape::Phrase
                && Needle::new(&term.text, false, false).is_some_and(|needle| needle.has_signs())
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
            // Who calls tools: which files a call is about, the sieve knows.
            Test::File(_) if !filter.is_excluded => (role(Speaker::Assistant), None),
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

/// What the words of paths tell of the files that are asked for: more than is meant, which the sieve looks at.
#[derive(Debug)]
enum Files {
    /// Any may be meant.
    Any,
    /// Calls that this finds; it takes its time to begin where it `is_wide`.
    Only { expression: String, is_wide: bool },
    /// No call has such a path.
    None,
}

fn files(known: &Known<'_>, query: &Query) -> rusqlite::Result<Files> {
    let (mut any, mut is_asked, mut is_any_wide) = (Vec::new(), false, false);
    for filter in query.filters().filter(|filter| !filter.is_excluded) {
        let Test::File(pattern) = &filter.test else {
            continue;
        };
        is_asked = true;
        match path(known, pattern)? {
            Files::Any => return Ok(Files::Any),
            Files::Only {
                expression,
                is_wide,
            } => {
                any.push(expression);
                is_any_wide |= is_wide;
            }
            Files::None => {}
        }
    }
    Ok(match (is_asked, any.is_empty()) {
        (false, _) => Files::Any,
        (true, true) => Files::None,
        (true, false) => Files::Only {
            expression: any_of(&any),
            is_wide: is_any_wide,
        },
    })
}

fn path(known: &Known<'_>, pattern: &str) -> rusqlite::Result<Files> {
    let (mut all, mut is_wide) = (Vec::new(), false);
    for words in Wildcard::new(pattern).pieces() {
        let Some(rows) = known.in_a_row(&words)? else {
            continue;
        };
        if rows.is_empty() {
            return Ok(Files::None);
        }
        is_wide |= rows.len() > AT_ONCE;
        all.push(any_of(&rows));
    }
    Ok(match all.is_empty() {
        true => Files::Any,
        false => Files::Only {
            expression: format!("({})", all.join(" AND ")),
            is_wide,
        },
    })
}

fn role(speaker: Speaker) -> String {
    let roles: &[&str] = match speaker {
        Speaker::User => &["prompt", "queued_prompt", "withdrawn_prompt"],
        Speaker::Assistant => &["assistant"],
        Speaker::Tool => &["tool_result"],
        Speaker::Thinking => return quoted(marks::THINKING),
        Speaker::Event => &["event"],
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

/// What was typed, if it can be an id, without what stands around it in a sentence.
fn id(query: &Query) -> Option<String> {
    let mut wanted = query.wanted();
    let only = wanted.next().filter(|_| wanted.next().is_none())?;
    let is_sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '@');
    let typed = only.text.trim_matches(|c| !is_sign(c));
    // The name of a session's file, or its path.
    let id = match typed.strip_suffix(named::LINES) {
        Some(stem) => stem.rsplit(['/', '\\']).next().unwrap_or(stem),
        None => typed,
    };
    (!id.is_empty() && id.chars().all(is_sign)).then(|| id.to_owned())
}

/// Why nothing was found: which words do not occur, and in what.
pub fn why_nothing(
    conn: &Connection,
    shards: &[Shard],
    known: &mut Known<'_>,
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
        let occurs = match known.variants(term, None)? {
            Some(variants) => occurs(conn, shards, &any_of(&variants.expressions))?,
            None => false,
        };
        if !occurs {
            missing.push(format!("“{}”", term.text));
        }
    }
    let narrowed = query.filters().next().is_some();
    Ok(match (missing.is_empty(), count, narrowed) {
        (false, _, _) => {
            let absent = left_aside::absent(conn, missing.len())?;
            Some(format!("{} {absent}", missing.join(", ")))
        }
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
