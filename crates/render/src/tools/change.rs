//! Changes to files, as hunks.

use serde_json::Value;

use super::{Body, Call, Family, View};
use crate::code;
use crate::cut::{CHANGE, Length};
use crate::diff::{Diff, diff};

pub fn view(call: &Call<'_>) -> Option<View> {
    let path = call
        .text("file_path")
        .or_else(|| call.text("notebook_path"))?;
    let changes = changes(call)?;
    let language = if call.name == "NotebookEdit" {
        "python"
    } else {
        code::language_of(path)
    };
    let mut body = Body::default();
    let (mut added, mut removed) = (0, 0);
    for (old, new) in changes {
        let (old, new) = (
            CHANGE.cut(old, call.scene.extent),
            CHANGE.cut(new, call.scene.extent),
        );
        let Diff {
            html,
            added: more,
            removed: fewer,
        } = diff(old.head, new.head, language);
        body.html.push_str(&html);
        added += more + hidden(new.length, new.head);
        removed += fewer + hidden(old.length, old.head);
        for cut in [old, new] {
            if let Some(length) = cut.length {
                body.html.push_str(&format!(
                    "<p class=\"cut\">{} more lines</p>",
                    hidden(cut.length, cut.head)
                ));
                body.add(Some(length));
            }
        }
    }
    // That it worked is said by the change itself.
    body.failure_or(call, |_| {});
    let note = Some(format!("+{added} −{removed}"));
    Some(View {
        note,
        is_open: true,
        ..call.view(Family::Change, call.path(path), body)
    })
}

fn hidden(length: Option<Length>, head: &str) -> usize {
    length.map_or(0, |length| {
        (length.lines as usize).saturating_sub(head.lines().count())
    })
}

/// What was there and what is there now, change by change.
fn changes<'a>(call: &Call<'a>) -> Option<Vec<(&'a str, &'a str)>> {
    let text = |value: &'a Value, name: &str| value.get(name).and_then(Value::as_str);
    match call.name {
        "Edit" => Some(vec![(call.text("old_string")?, call.text("new_string")?)]),
        "Write" => Some(vec![("", call.text("content")?)]),
        "NotebookEdit" => Some(vec![("", call.text("new_source")?)]),
        _ => call
            .list("edits")?
            .iter()
            .map(|edit| Some((text(edit, "old_string")?, text(edit, "new_string")?)))
            .collect(),
    }
}
