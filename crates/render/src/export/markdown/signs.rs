//! Words of others among signs of ours.

/// A block of code that nothing in it ends.
pub fn fenced(language: &str, code: &str) -> String {
    let longest = code
        .lines()
        .map(|line| run_of(line.trim_start(), '`'))
        .max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", code.trim_end())
}

/// A line as words, none of which is markup.
pub fn words(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut before = ' ';
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        match char {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            // Within a word it is none.
            '_' if before.is_alphanumeric() && next.is_alphanumeric() => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' => out.extend(['\\', char]),
            _ => out.push(char),
        }
        before = char;
    }
    out
}

/// A line as code.
pub fn code(line: &str) -> String {
    let longest = line
        .split(|char| char != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{line}{pad}{ticks}")
}

/// How often `sign` stands at the beginning of `text`.
pub fn run_of(text: &str, sign: char) -> usize {
    text.chars().take_while(|char| *char == sign).count()
}
