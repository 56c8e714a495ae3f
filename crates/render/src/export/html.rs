//! One page: its style is in it, it has no script, and it asks nobody for anything.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scrollback_engine::model::{SessionRow, Tokens, Turn};

use super::markdown::WHOLE;
use super::{Source, Writer, minute, stretch, who};
use crate::card::{Block, Outcome, card, is_picture};
use crate::rows::Row;
use crate::secrets::RULES;
use crate::text::{escaped, line};
use crate::tools::Scene;

const STYLE: &str = concat!(
    include_str!("../../style/page.css"),
    include_str!("../../style/reading.css")
);

#[derive(Default)]
pub struct Page {
    project: Option<String>,
    last: Option<&'static str>,
}

impl Writer for Page {
    fn begin(
        &mut self,
        session: &SessionRow,
        tokens: &Tokens,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.project.clone_from(&session.project_path);
        let title = escaped(&line(
            session.title.as_deref().unwrap_or("Untitled session"),
            300,
        ));
        let policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
             </head>\n<body>\n<header>\n<h1 dir=\"auto\">{title}</h1>\n<p class=\"facts\">"
        )?;
        let facts = [&session.project_path, &session.git_branch, &session.model];
        for fact in facts.into_iter().flatten() {
            write!(out, "<bdi>{}</bdi>", escaped(&line(fact, 400)))?;
        }
        let times = stretch(session);
        write!(
            out,
            "<span>{times}</span><span>{} tokens written</span></p>\n</header>\n<main>\n",
            tokens.output
        )
    }

    fn turn(
        &mut self,
        row: &Row,
        turn: &Turn,
        source: &dyn Source,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let card = card(
            turn,
            Scene {
                project: self.project.as_deref(),
                ..WHOLE
            },
        );
        if row.has_gap {
            out.write_all(b"<p class=\"mark\">Earlier messages are missing here</p>\n")?;
        }
        if card.blocks.is_empty() {
            return Ok(());
        }
        let left = if row.is_left { " left" } else { "" };
        writeln!(out, "<article class=\"{}{left}\">", escaped(&row.role))?;
        let speaker = who(row);
        // A note says itself what it is, and interrupts nobody.
        let is_note = row.role == "event";
        if !is_note && (self.last != Some(speaker) || row.role != "assistant") {
            writeln!(
                out,
                "<p class=\"who\"><strong>{speaker}</strong> <time>{}</time></p>",
                minute(row.at.as_deref())
            )?;
        }
        if !is_note {
            self.last = Some(speaker);
        }
        for block in &card.blocks {
            write_block(block, source, out)?;
        }
        out.write_all(b"</article>\n")
    }

    fn end(&mut self, masked: u64, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"</main>\n<footer>Written by Scrollback.")?;
        if masked > 0 {
            write!(out, " Likely secrets masked: {masked} (rules: {RULES}).")?;
        }
        out.write_all(b"</footer>\n</body>\n</html>\n")
    }
}

fn write_block(block: &Block, source: &dyn Source, out: &mut dyn Write) -> io::Result<()> {
    match block {
        Block::Said { html, .. } => writeln!(out, "{html}"),
        Block::Thinking { html, .. } => {
            writeln!(
                out,
                "<details class=\"fold\"><summary>Thinking</summary>{html}</details>"
            )
        }
        Block::Injected { label, html, .. } if html.is_empty() => {
            writeln!(out, "<p class=\"mark\">{}</p>", escaped(label))
        }
        Block::Injected {
            label, title, html, ..
        } => writeln!(
            out,
            "<details class=\"fold\"><summary>{} <span class=\"what\">{}</span></summary>{html}</details>",
            escaped(label),
            escaped(title)
        ),
        Block::Call {
            name,
            title,
            note,
            outcome,
            is_open,
            html,
            ..
        } => {
            let open = if *is_open { " open" } else { "" };
            let (class, ended) = match outcome {
                Outcome::Answered => ("", ""),
                Outcome::Failed => (" failed", " <span class=\"ended\">✗ failed</span>"),
                Outcome::Unanswered => ("", " <span class=\"ended\">no answer</span>"),
            };
            let note = note.as_deref().map(escaped).unwrap_or_default();
            writeln!(
                out,
                "<details class=\"fold call{class}\"{open}><summary><strong>{}</strong> <bdi class=\"what\">{}</bdi> <span class=\"note\">{note}</span>{ended}</summary>{html}</details>",
                escaped(name),
                escaped(title)
            )
        }
        Block::Attachment {
            message,
            number,
            what,
            name,
            mime,
            is_picture: is_known,
            ..
        } => {
            let name = escaped(name.as_deref().unwrap_or(what));
            let content = is_known.then(|| source.content(message, *number)).flatten();
            match content.zip(mime.as_deref().filter(|mime| is_picture(mime))) {
                Some((content, mime)) => {
                    writeln!(
                        out,
                        "<img alt=\"{name}\" src=\"data:{mime};base64,{}\">",
                        STANDARD.encode(content.data)
                    )
                }
                None => writeln!(out, "<p class=\"mark\">{name}</p>"),
            }
        }
    }
}
