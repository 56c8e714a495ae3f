//! The text of a Desktop Entry, as far as login is concerned; pure. Rules: the Desktop Entry
//! Specification 1.5, "The Exec key" and "Possible value types".

use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

use super::{HIDDEN, PROGRAM};

/// What an entry says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DesktopEntry {
    /// The first word of `Exec`.
    pub program: Option<PathBuf>,
    /// Without this nothing starts.
    pub needs: Option<PathBuf>,
    /// Switched off by `Hidden`, or by GNOME's own key.
    pub is_off: bool,
    /// Whether it shows our icon: an entry we wrote, whatever it starts.
    pub has_our_icon: bool,
}

/// Characters with which desktops do not start a program, quoted or not. GLib looks for it before it
/// makes one of two `%`, systemd undoes backslashes once too often (both tried, 2.74 and 252), and
/// the specification allows no equal sign.
pub const REFUSED: &[char] = &['%', '\\', '='];

/// The entry that starts `program`; `None` when desktops would not: besides, a value is UTF-8
/// without control characters.
pub fn text(program: &Path) -> Option<String> {
    let path = program.to_str()?;
    if path.contains(REFUSED) || path.contains(char::is_control) {
        return None;
    }
    let exec = quoted(path);
    Some(format!(
        "[Desktop Entry]\n\
         Type=Application\n\
         Version=1.0\n\
         Name=Scrollback\n\
         Comment=Keeps what your coding agents write\n\
         Exec={exec} {HIDDEN}\n\
         TryExec={path}\n\
         Icon={PROGRAM}\n\
         Terminal=false\n\
         StartupNotify=false\n\
         X-GNOME-Autostart-enabled=true\n"
    ))
}

/// Reads an entry, whoever wrote it. Of a key that comes twice the last one holds.
pub fn parse(text: &str) -> DesktopEntry {
    let mut entry = DesktopEntry::default();
    let mut is_ours = false;
    let (mut is_hidden, mut is_enabled) = (false, true);
    for line in text.lines() {
        if line.starts_with('[') {
            is_ours = line.trim_end() == "[Desktop Entry]";
        }
        // A line without one is a comment, empty or none of our business.
        let Some((key, value)) = line.split_once('=').filter(|_| is_ours) else {
            continue;
        };
        let value = value.trim();
        match key.trim() {
            "Exec" => entry.program = first_word(&unescaped(value)).map(PathBuf::from),
            "TryExec" => entry.needs = Some(unescaped(value).into()),
            "Icon" => entry.has_our_icon = value == PROGRAM,
            "Hidden" => is_hidden = value.eq_ignore_ascii_case("true"),
            "X-GNOME-Autostart-enabled" => is_enabled = !value.eq_ignore_ascii_case("false"),
            _ => {}
        }
    }
    entry.is_off = is_hidden || !is_enabled;
    entry
}

/// A word of `Exec`, as it stands in the file: what a shell would read something into stands behind a
/// backslash, and because every value knows escapes that is two of them.
fn quoted(word: &str) -> String {
    let mut quoted = String::from('"');
    for char in word.chars() {
        if matches!(char, '"' | '`' | '$') {
            quoted.push_str(r"\\");
        }
        quoted.push(char);
    }
    quoted.push('"');
    quoted
}

fn unescaped(value: &str) -> String {
    let mut plain = String::new();
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            plain.push(char);
            continue;
        }
        match chars.next() {
            Some('s') => plain.push(' '),
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('\\') | None => plain.push('\\'),
            Some(other) => plain.extend(['\\', other]),
        }
    }
    plain
}

/// The first word of a command line; `None` when there is none, or a quote without its end.
fn first_word(exec: &str) -> Option<String> {
    let mut chars = exec.trim_start().chars().peekable();
    let mut word = String::new();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' | '\n' => break,
            '"' => rest_of_quote(&mut chars, &mut word)?,
            '\\' => word.extend(chars.next()),
            _ => push(char, &mut chars, &mut word),
        }
    }
    (!word.is_empty()).then_some(word)
}

fn rest_of_quote(chars: &mut Peekable<Chars<'_>>, word: &mut String) -> Option<()> {
    loop {
        match chars.next()? {
            '"' => return Some(()),
            '\\' => word.push(chars.next()?),
            char => push(char, chars, word),
        }
    }
}

fn push(char: char, chars: &mut Peekable<Chars<'_>>, word: &mut String) {
    if char == '%' {
        chars.next_if_eq(&'%');
    }
    word.push(char);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn program(exec: &str) -> Option<String> {
        let entry = parse(&format!("[Desktop Entry]\nExec={exec}\n"));
        Some(entry.program?.to_str()?.to_owned())
    }

    #[test]
    fn a_path_is_quoted_as_the_specification_wants() {
        let exec = |path: &str| {
            let text = text(Path::new(path)).expect("can be written");
            let exec = text.lines().find_map(|line| line.strip_prefix("Exec="));
            exec.expect("there").to_owned()
        };
        assert_eq!(exec("/usr/bin/x"), r#""/usr/bin/x" --hidden"#);
        assert_eq!(exec("/my apps/x"), r#""/my apps/x" --hidden"#);
        assert_eq!(exec(r"/a$b`c"), r#""/a\\$b\\`c" --hidden"#);
        assert_eq!(exec(r#"/a"b"#), r#""/a\\"b" --hidden"#);
    }

    #[test]
    fn others_write_entries_too() {
        assert_eq!(
            program("/usr/bin/x --hidden").as_deref(),
            Some("/usr/bin/x")
        );
        assert_eq!(program("  x").as_deref(), Some("x"));
        assert_eq!(program(r"/my\\ apps/x %U").as_deref(), Some("/my apps/x"));
        assert_eq!(
            program(r#""/a\\\\b/100%%/x" %f"#).as_deref(),
            Some(r"/a\b/100%/x")
        );
        assert_eq!(program(r"/my\sapps/x").as_deref(), Some("/my"));
        assert_eq!(program("\"/unfinished"), None);
        assert_eq!(program(""), None);
        assert_eq!(program("\"\" --hidden"), None);
    }

    #[test]
    fn only_the_main_group_counts_and_the_last_word_holds() {
        let text = "# Exec=/a\nExec=/b\n[Desktop Entry]\r\nExec = /c\r\nHidden=true\nHidden=false\n\
                    TryExec=/d\nIcon=scrollback-desktop\n[Desktop Action x]\nExec=/e\nHidden=true\n";
        let expected = DesktopEntry {
            program: Some("/c".into()),
            needs: Some("/d".into()),
            is_off: false,
            has_our_icon: true,
        };
        assert_eq!(parse(text), expected);
    }

    #[test]
    fn a_desktop_switches_off_in_two_ways() {
        let is_off = |line: &str| parse(&format!("[Desktop Entry]\n{line}\n")).is_off;
        assert!(is_off("Hidden=true"));
        assert!(is_off("X-GNOME-Autostart-enabled=false"));
        assert!(!is_off("Hidden=false"));
        assert!(!is_off("X-GNOME-Autostart-enabled=true"));
    }

    proptest! {
        #[test]
        fn every_path_comes_back_or_is_refused(
            path in proptest::collection::vec(
                prop_oneof![
                    proptest::sample::select(" \t\n\r\"'\\`$%%=;#&|<>()*?~sntr".chars().collect::<Vec<_>>()),
                    any::<char>(),
                ],
                0..30,
            )
        ) {
            let path: String = std::iter::once('/').chain(path).collect();
            let refused = path.contains(|char: char| char.is_control() || "%=\\".contains(char));
            match text(Path::new(&path)) {
                Some(text) => {
                    let entry = parse(&text);
                    prop_assert_eq!(entry.program.as_deref(), Some(Path::new(&path)));
                    prop_assert!(!entry.is_off && entry.has_our_icon);
                    prop_assert!(!refused);
                }
                None => prop_assert!(refused),
            }
        }

        #[test]
        fn no_text_is_too_odd_to_read(text in "(\\[Desktop Entry\\]\n(Exec|TryExec|Hidden)=)?\\PC*[\"\\\\%]*") {
            parse(&text);
        }
    }
}
