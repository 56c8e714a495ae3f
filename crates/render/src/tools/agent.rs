//! Subagents: what they were told, and what they reported.

use super::{Body, Call, Family, View};
use crate::text;

pub fn view(call: &Call<'_>) -> Option<View> {
    let what = call.text("description").or_else(|| call.text("prompt"))?;
    let mut body = Body::default();
    if let Some(prompt) = call.text("prompt") {
        body.html
            .push_str("<details class=\"aside\"><summary>What it was told</summary>");
        body.prose(prompt, call.scene.extent);
        body.html.push_str("</details>");
    }
    body.failure_or(call, |body| {
        if let Some(output) = call.output().filter(|output| !output.trim().is_empty()) {
            body.label("What it reported");
            body.prose(output, call.scene.extent);
        }
    });
    let note = call.text("subagent_type").map(|kind| text::line(kind, 60));
    Some(View {
        note,
        ..call.view(Family::Agent, text::line(what, super::TITLE), body)
    })
}
