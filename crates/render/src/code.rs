//! Code in colour: a few classes, merged where neighbours share one, so that the HTML stays small.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use crate::text;

/// Bytes of code that are coloured; more than that is read slowly and coloured slower.
const MOST: usize = 64 << 10;
/// Bytes of a line that is coloured; a longer one is plain. Some grammars take the cube of a line's length
/// where a text is made to that end: SystemVerilog 80 s for 5,000 bytes of `a(`, and 0.1 s for these.
const LONGEST_LINE: usize = 500;
/// How long a block is coloured; what is left then is plain. 64 KiB of Rust, TypeScript or Python take 25 to 75 ms.
const PATIENCE: Duration = Duration::from_millis(300);

/// What a scope means, the first that fits. An empty class is plain.
const MEANINGS: [(&str, &str); 30] = [
    ("comment", "c"),
    ("string", "s"),
    ("constant.character.escape", "o"),
    ("constant.numeric", "n"),
    ("constant", "o"),
    ("keyword.operator.word", "k"),
    ("keyword.operator", ""),
    ("keyword", "k"),
    ("storage", "k"),
    ("entity.name.function", "f"),
    ("support.function", "f"),
    ("variable.function", "f"),
    ("meta.function-call.identifier", "f"),
    ("entity.name.tag", "g"),
    ("entity.other.attribute-name", "a"),
    ("entity.other.inherited-class", "t"),
    ("entity.name.type", "t"),
    ("entity.name.class", "t"),
    ("entity.name.struct", "t"),
    ("entity.name.enum", "t"),
    ("entity.name.trait", "t"),
    ("entity.name.namespace", "t"),
    ("support.type", "t"),
    ("support.class", "t"),
    ("variable.language", "o"),
    ("markup.inserted", "gi"),
    ("markup.deleted", "gd"),
    ("markup.heading", "gh"),
    ("meta.diff.range", "gh"),
    ("meta.diff.header", "gh"),
];

/// `code` as lines of HTML. `language` is a name or a file's extension; what is not known is plain.
pub fn lines(code: &str, language: &str) -> Vec<String> {
    let plain = || code.split('\n').map(text::escaped).collect();
    match syntax(language).filter(|_| code.len() <= MOST) {
        Some(syntax) => coloured(code, syntax, PATIENCE).unwrap_or_else(plain),
        None => plain(),
    }
}

/// `code` as a block.
pub fn block(code: &str, language: &str) -> String {
    let code = code.strip_suffix('\n').unwrap_or(code);
    format!(
        "<pre class=\"code\"><code>{}</code></pre>",
        lines(code, language).join("\n")
    )
}

/// The extension of a file, which names its language; the whole name where it has none.
pub fn language_of(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.')
        .map_or(name, |(_, extension)| extension)
}

/// Reads the languages and paints a line of the dearest, so that the first conversation need not wait for it.
pub fn warm_up() {
    lines("const name: string = f(1);", "ts");
    lines("ls", "bash");
}

fn syntaxes() -> &'static SyntaxSet {
    static SET: OnceLock<SyntaxSet> = OnceLock::new();
    SET.get_or_init(two_face::syntax::extra_newlines)
}

fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    let language = language.trim();
    if language.is_empty() || language.len() > 40 {
        return None;
    }
    let known = match language {
        "console" | "shell" | "shellsession" => "bash",
        "jsonc" | "json5" | "jsonl" => "json",
        "mjs" | "cjs" => "js",
        "mts" | "cts" => "ts",
        other => other,
    };
    syntaxes()
        .find_syntax_by_token(known)
        .filter(|found| found.name != "Plain Text")
}

fn coloured(code: &str, syntax: &SyntaxReference, patience: Duration) -> Option<Vec<String>> {
    let until = Instant::now() + patience;
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut lines = Vec::new();
    for line in code.split('\n') {
        if line.len() > LONGEST_LINE || Instant::now() >= until {
            lines.push(text::escaped(line));
            continue;
        }
        let whole = format!("{line}\n");
        let mut out = Painted::default();
        let mut from = 0;
        for (at, operation) in state.parse_line(&whole, syntaxes()).ok()? {
            let at = at.min(line.len());
            out.push(line.get(from..at)?, class(&stack));
            from = at;
            stack.apply(&operation).ok()?;
        }
        out.push(line.get(from..)?, class(&stack));
        lines.push(out.finish());
    }
    Some(lines)
}

fn class(stack: &ScopeStack) -> &'static str {
    static SCOPES: OnceLock<Vec<(Scope, &str)>> = OnceLock::new();
    let scopes = SCOPES.get_or_init(|| {
        MEANINGS
            .iter()
            .filter_map(|(scope, class)| Some((Scope::new(scope).ok()?, *class)))
            .collect()
    });
    let meaning = |scope: &Scope| {
        let fits = |(known, _): &&(Scope, &'static str)| known.is_prefix_of(*scope);
        scopes.iter().find(fits).map(|(_, class)| *class)
    };
    stack
        .as_slice()
        .iter()
        .rev()
        .find_map(meaning)
        .unwrap_or("")
}

/// A line that is being painted.
#[derive(Default)]
struct Painted {
    html: String,
    class: &'static str,
}

impl Painted {
    fn push(&mut self, part: &str, class: &'static str) {
        if part.is_empty() {
            return;
        }
        // White space has no colour, so it ends no span.
        if class != self.class && !part.bytes().all(|byte| byte == b' ' || byte == b'\t') {
            self.close();
            if !class.is_empty() {
                self.html.push_str("<span class=\"");
                self.html.push_str(class);
                self.html.push_str("\">");
            }
            self.class = class;
        }
        text::push(&mut self.html, part);
    }

    fn close(&mut self) {
        if !self.class.is_empty() {
            self.html.push_str("</span>");
        }
        self.class = "";
    }

    fn finish(mut self) -> String {
        self.close();
        self.html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_is_painted_and_neighbours_are_merged() {
        let html = block("// a comment\nfn main() { let s = \"a<b\"; }\n", "rust");
        for part in [
            "<span class=\"c\">// a comment</span>",
            "<span class=\"k\">fn </span>",
            "<span class=\"f\">main</span>",
            "<span class=\"s\">&quot;a&lt;b&quot;</span>",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
    }

    #[test]
    fn what_is_unknown_or_huge_is_plain() {
        for (code, language) in [
            ("let x".to_owned(), "nobody-knows"),
            ("let x".to_owned(), ""),
            (format!("let x = \"{}\";", "y".repeat(LONGEST_LINE)), "rust"),
            ("let x = 1;\n".repeat(MOST / 10), "rust"),
        ] {
            assert!(!block(&code, language).contains("<span"), "{language}");
        }
    }

    #[test]
    fn a_long_line_is_plain_and_others_are_not() {
        let long = format!("let x = \"{}\";", "y".repeat(LONGEST_LINE));
        let html = lines(&format!("let x = 1;\n{long}\nlet x = 1;"), "rust");
        assert_eq!(html[1], text::escaped(&long));
        assert!(html[0].contains("<span"));
        assert_eq!(html[0], html[2]);
    }

    #[test]
    fn what_there_was_no_time_for_is_plain() {
        let rust = syntax("rust").expect("a language");
        let code = "let x = 1;\nif x < 2 {}";
        let html = coloured(code, rust, Duration::ZERO).expect("lines");
        assert_eq!(html, ["let x = 1;", "if x &lt; 2 {}"]);
    }

    #[test]
    fn no_language_changes_the_text() {
        let code = "a < b && \"c\" # d\n\tif (x) { y } <?php ?> é 世界";
        for syntax in syntaxes().syntaxes() {
            let html = lines(code, &syntax.name).join("\n");
            let text = html.replace("</span>", "");
            let text = text
                .split("<span class=\"")
                .map(|part| part.split_once("\">").map_or(part, |(_, rest)| rest));
            let text: String = text.collect();
            assert_eq!(text, text::escaped(code), "{}", syntax.name);
        }
    }

    #[test]
    fn a_path_names_its_language() {
        assert_eq!(language_of("/a/b.test.ts"), "ts");
        assert_eq!(language_of("C:\\a\\Makefile"), "Makefile");
    }
}
