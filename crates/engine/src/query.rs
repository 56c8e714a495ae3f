//! What a person types into the search: words, `"phrases"`, `-not`, `OR`, `word*`.
//!
//! Nothing typed reaches FTS5 unquoted: its language has operators of its own.

/// Terms taken at most; a pasted page is cut here and said so.
const MOST_TERMS: usize = 32;

/// A query, understood as far as possible.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Alternatives, each a list of terms that must all match.
    groups: Vec<Vec<Term>>,
    /// What was not understood, explained.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    text: String,
    is_prefix: bool,
    is_excluded: bool,
}

impl Query {
    /// Understands what was typed. Never fails: what makes no sense becomes a note.
    pub fn parse(typed: &str) -> Self {
        let mut query = Self {
            groups: vec![Vec::new()],
            notes: Vec::new(),
        };
        let mut count = 0;
        for (token, is_phrase) in tokens(typed) {
            if !is_phrase && token == "OR" {
                query.groups.push(Vec::new());
                continue;
            }
            let Some(term) = term(&token, is_phrase) else {
                query
                    .notes
                    .push(format!("“{token}” has no letter or digit to look for"));
                continue;
            };
            count += 1;
            if count > MOST_TERMS {
                query
                    .notes
                    .push(format!("only the first {MOST_TERMS} words are looked for"));
                break;
            }
            if let Some(group) = query.groups.last_mut() {
                group.push(term);
            }
        }
        query.groups.retain(|group| !group.is_empty());
        let alone = |group: &Vec<Term>| group.iter().all(|term| term.is_excluded);
        if query.groups.iter().any(alone) {
            query.groups.retain(|group| !alone(group));
            query
                .notes
                .push("a word to leave out needs a word to look for beside it".into());
        }
        query
    }

    /// The query in FTS5's language; `None` when nothing is left to look for.
    pub fn expression(&self) -> Option<String> {
        let group = |terms: &Vec<Term>| {
            let quoted = |term: &Term| {
                let star = if term.is_prefix { "*" } else { "" };
                format!("\"{}\"{star}", term.text.replace('"', "\"\""))
            };
            let of = |excluded: bool, glue: &str| {
                let part = terms
                    .iter()
                    .filter(|t| t.is_excluded == excluded)
                    .map(quoted);
                part.collect::<Vec<_>>().join(glue)
            };
            let (wanted, unwanted) = (of(false, " AND "), of(true, " OR "));
            if unwanted.is_empty() {
                format!("({wanted})")
            } else {
                format!("(({wanted}) NOT ({unwanted}))")
            }
        };
        let groups: Vec<String> = self.groups.iter().map(group).collect();
        (!groups.is_empty()).then(|| groups.join(" OR "))
    }

    /// Whether any wanted term stands in `text`.
    pub fn matches_in(&self, text: &str) -> bool {
        !self.find_all(text, 0, text.len()).is_empty()
    }

    /// About `width` bytes of `text` around the first match on one line, and where the matches are.
    pub fn snippet(&self, text: &str, width: usize) -> (String, Vec<(usize, usize)>) {
        let first = self
            .find_all(text, 0, text.len())
            .first()
            .map_or(0, |(start, _)| *start);
        let start = text.floor_char_boundary(first.saturating_sub(width / 3));
        let end = text.ceil_char_boundary((start + width).min(text.len()));
        let mut snippet = String::with_capacity(width + 8);
        if start > 0 {
            snippet.push('…');
        }
        for c in text[start..end].chars() {
            let c = if c.is_whitespace() || c.is_control() {
                ' '
            } else {
                c
            };
            if !(c == ' ' && snippet.ends_with(' ')) {
                snippet.push(c);
            }
        }
        if end < text.len() {
            snippet.push('…');
        }
        let highlights = self.find_all(&snippet, 0, snippet.len());
        (snippet, highlights)
    }

    /// Byte ranges of the wanted terms, ASCII letters of either case alike.
    fn find_all(&self, text: &str, from: usize, to: usize) -> Vec<(usize, usize)> {
        let lower = text[from..to].to_ascii_lowercase();
        let mut found = Vec::new();
        for term in self
            .groups
            .iter()
            .flatten()
            .filter(|term| !term.is_excluded)
        {
            for word in term.text.to_ascii_lowercase().split_whitespace() {
                let hits = lower.match_indices(word);
                found.extend(
                    hits.take(64)
                        .map(|(at, hit)| (from + at, from + at + hit.len())),
                );
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The typed text cut at white space and quotes; a missing closing quote ends with the text.
fn tokens(typed: &str) -> Vec<(String, bool)> {
    let mut tokens = Vec::new();
    let mut rest = typed;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return tokens;
        };
        if first == '"' || rest.starts_with("-\"") {
            let open = rest.find('"').unwrap_or(0);
            let body = &rest[open + 1..];
            let close = body.find('"').unwrap_or(body.len());
            tokens.push((format!("{}{}", &rest[..open], &body[..close]), true));
            rest = body.get(close + 1..).unwrap_or("");
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            tokens.push((rest[..end].to_owned(), false));
            rest = &rest[end..];
        }
    }
}

fn term(token: &str, is_phrase: bool) -> Option<Term> {
    // `--flag` is a word people look for; a single dash before a word leaves it out.
    let is_excluded = token.starts_with('-') && !token.starts_with("--") && token.len() > 1;
    let body = if is_excluded { &token[1..] } else { token };
    let is_prefix = !is_phrase && body.len() > 1 && body.ends_with('*');
    let text: String = body
        .trim_end_matches(if is_phrase { '\0' } else { '*' })
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.chars().any(char::is_alphanumeric).then_some(Term {
        text,
        is_prefix,
        is_excluded,
    })
}

#[cfg(test)]
mod tests {
    use super::Query;

    fn expression(typed: &str) -> Option<String> {
        Query::parse(typed).expression()
    }

    #[test]
    fn words_phrases_and_exclusions() {
        assert_eq!(expression("a b").as_deref(), Some(r#"("a" AND "b")"#));
        assert_eq!(
            expression(r#""a b" -c"#).as_deref(),
            Some(r#"(("a b") NOT ("c"))"#)
        );
        assert_eq!(expression("a OR b*").as_deref(), Some(r#"("a") OR ("b"*)"#));
        assert_eq!(expression("--flag").as_deref(), Some(r#"("--flag")"#));
    }

    #[test]
    fn anything_typed_is_quoted_or_explained() {
        assert_eq!(
            expression(r#"say "hi"#).as_deref(),
            Some(r#"("say" AND "hi")"#)
        );
        assert_eq!(expression("a\0b").as_deref(), Some(r#"("a b")"#));
        assert_eq!(
            expression("NEAR( x)").as_deref(),
            Some(r#"("NEAR(" AND "x)")"#)
        );
        assert_eq!(expression("++"), None);
        assert_eq!(Query::parse("++").notes.len(), 1);
        assert_eq!(expression("-only"), None);
        assert_eq!(
            expression(&"w ".repeat(5000)).map(|e| e.matches('w').count()),
            Some(32)
        );
    }

    #[test]
    fn a_snippet_stands_around_the_match_on_one_line() {
        let text = format!("{}\nneedle in\there", "x".repeat(400));
        let (snippet, highlights) = Query::parse("Needle").snippet(&text, 60);
        assert!(
            snippet.starts_with('…') && snippet.contains("needle in here"),
            "{snippet}"
        );
        let (start, end) = highlights[0];
        assert_eq!(&snippet[start..end], "needle");
    }
}
