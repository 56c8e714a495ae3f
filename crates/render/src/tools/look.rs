//! Reading files and looking through them.

use super::{Body, Call, Family, View, counted};
use crate::cut::OUTPUT;
use crate::{code, text};

pub fn view(call: &Call<'_>) -> Option<View> {
    match call.name {
        "Grep" => Some(grep(call)),
        "Glob" => Some(list(call, call.text("pattern")?)),
        "LS" => Some(list(call, &call.path(call.text("path")?))),
        _ => read(call),
    }
}

fn read(call: &Call<'_>) -> Option<View> {
    let path = call
        .text("file_path")
        .or_else(|| call.text("notebook_path"))?;
    let mut body = Body::default();
    let mut note = None;
    body.failure_or(call, |body| {
        let Some(output) = call.output() else { return };
        let (file, reminder) = split_reminder(output);
        note = Some(counted(file.trim_end().lines().count(), "line", "lines"));
        body.cut(file, OUTPUT, call.scene.extent, |part| numbered(part, code::language_of(path)));
        if let Some(reminder) = reminder {
            let reminder = text::escaped(reminder.trim());
            body.html.push_str(&format!(
                "<details class=\"aside\"><summary>System reminder</summary><p class=\"raw\">{reminder}</p></details>"
            ));
        }
    });
    let shown = call.path(path);
    let title = match (call.number("offset"), call.number("limit")) {
        (Some(from), Some(count)) => format!(
            "{shown}:{from}-{}",
            from.saturating_add(count).saturating_sub(1)
        ),
        (Some(from), None) => format!("{shown}:{from}-"),
        (None, Some(count)) => format!("{shown}:1-{count}"),
        (None, None) => shown,
    };
    Some(View {
        note,
        ..call.view(Family::Look, title, body)
    })
}

/// What was read, and what the agent said to the model below it.
fn split_reminder(output: &str) -> (&str, Option<&str>) {
    const OPEN: &str = "<system-reminder>";
    match output.rfind(OPEN) {
        Some(at) if output.trim_end().ends_with("</system-reminder>") => {
            let inside = output[at + OPEN.len()..].trim_end();
            (&output[..at], inside.strip_suffix("</system-reminder>"))
        }
        _ => (output, None),
    }
}

/// Lines as they are given to the model, `  12→text`, with their numbers beside them.
fn numbered(file: &str, language: &str) -> String {
    let split = |line: &str| -> Option<(String, String)> {
        let (number, rest) = line.split_once('→').or_else(|| line.split_once('\t'))?;
        let number = number.trim();
        let is_number = !number.is_empty()
            && number.len() < 9
            && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| (number.to_owned(), rest.to_owned()))
    };
    let lines: Option<Vec<(String, String)>> = file.lines().map(split).collect();
    let Some(lines) = lines.filter(|lines| !lines.is_empty()) else {
        return format!("<pre class=\"out\">{}</pre>", text::escaped(file));
    };
    let source: Vec<&str> = lines.iter().map(|(_, text)| text.as_str()).collect();
    let mut html = String::from("<pre class=\"code file\">");
    for ((number, _), line) in lines.iter().zip(code::lines(&source.join("\n"), language)) {
        html.push_str(&format!("<span class=\"no\">{number}</span>{line}\n"));
    }
    html.push_str("</pre>");
    html
}

fn grep(call: &Call<'_>) -> View {
    let pattern = call.text("pattern").unwrap_or_default();
    let place = call
        .text("path")
        .map(|path| call.path(path))
        .or_else(|| call.text("glob").map(str::to_owned));
    let title = match place {
        Some(place) => format!("{} in {place}", text::line(pattern, 120)),
        None => text::line(pattern, super::TITLE),
    };
    let mut body = Body::default();
    let note = found(call);
    body.failure_or(call, |body| {
        let Some(output) = call.output() else { return };
        body.cut(output, OUTPUT, call.scene.extent, |part| {
            let lines: Vec<String> = part.lines().map(hit).collect();
            format!("<pre class=\"out\">{}</pre>", lines.join("\n"))
        });
    });
    View {
        note,
        ..call.view(Family::Look, title, body)
    }
}

/// `path:12:text`, with the place set apart.
fn hit(line: &str) -> String {
    let place = line
        .match_indices([':', '-'])
        .take(12)
        .find_map(|(at, sign)| {
            let rest = &line[at + 1..];
            let end = rest.find(sign)?;
            let is_number =
                end > 0 && end < 8 && rest[..end].bytes().all(|byte| byte.is_ascii_digit());
            is_number.then_some(at + 1 + end)
        });
    match place {
        Some(end) => format!(
            "<span class=\"a\">{}</span>{}",
            text::escaped(&line[..end]),
            text::escaped(&line[end..])
        ),
        None => text::escaped(line),
    }
}

fn list(call: &Call<'_>, title: &str) -> View {
    let mut body = Body::default();
    body.answer(call);
    View {
        note: found(call),
        ..call.view(Family::Look, text::line(title, super::TITLE), body)
    }
}

fn found(call: &Call<'_>) -> Option<String> {
    let output = call.output().filter(|_| !call.has_failed())?.trim();
    if output.is_empty()
        || output.starts_with("No files found")
        || output.starts_with("No matches found")
    {
        return Some("nothing found".into());
    }
    Some(counted(output.lines().count(), "line", "lines"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_numbers_beside_them() {
        let html = numbered("    7→fn a() {}\n    8→}", "rs");
        assert!(
            html.contains("<span class=\"no\">7</span><span class=\"k\">fn </span>"),
            "{html}"
        );
        assert!(numbered("no numbers", "rs").contains("class=\"out\""));
    }

    #[test]
    fn a_reminder_is_not_a_part_of_the_file() {
        let (file, reminder) =
            split_reminder("1→a\n\n<system-reminder>\nbe kind\n</system-reminder>\n");
        assert_eq!(
            (file.trim(), reminder.map(str::trim)),
            ("1→a", Some("be kind"))
        );
        assert_eq!(split_reminder("a <system-reminder> b").1, None);
    }

    #[test]
    fn a_hit_has_its_place_set_apart() {
        assert_eq!(
            hit("src/a-b.rs:12:x"),
            "<span class=\"a\">src/a-b.rs:12</span>:x"
        );
        assert_eq!(hit("src/a.rs"), "src/a.rs");
    }
}
