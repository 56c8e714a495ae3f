//! A conversation, a page at a time.

use crate::error::{Error, Kind, Result};
use crate::model::{ConversationPage, From, MessageRow, SessionRow};
use crate::store::{Reader, Stretch};

/// Reads the page that begins at `from`.
pub(super) fn page(
    reader: &Reader,
    (id, session): (i64, SessionRow),
    from: &From,
    limit: usize,
) -> Result<ConversationPage> {
    let fail = |e: rusqlite::Error| reader.explain(&e);
    let read = |stretch: &Stretch, count| reader.stretch(id, stretch, count).map_err(fail);
    let found = match from {
        From::Start => read(&Stretch::Start, limit)?,
        From::End => read(&Stretch::End, limit)?,
        From::Cursor { cursor } => read(&parse(cursor)?, limit)?,
        From::Message { id: key } => {
            let anchor = reader.message_in(id, key).map_err(fail)?;
            let anchor = anchor.ok_or_else(|| unknown(key))?;
            let mut before = read(&Stretch::Before(anchor), limit / 2)?;
            before.extend(read(&Stretch::From(anchor), limit - limit / 2)?);
            before
        }
    };
    let is_more = |stretch: &Stretch| Ok(!read(stretch, 1)?.is_empty());
    let (first, last) = (
        found.first().map(|(id, _)| *id),
        found.last().map(|(id, _)| *id),
    );
    let previous = match first {
        Some(first) if is_more(&Stretch::Before(first))? => Some(format!("<{first}")),
        _ => None,
    };
    let next = match last {
        Some(last) if is_more(&Stretch::After(last))? => Some(format!(">{last}")),
        _ => None,
    };
    let messages: Vec<MessageRow> = found.into_iter().map(|(_, message)| message).collect();
    Ok(ConversationPage {
        session,
        messages,
        previous,
        next,
    })
}

fn parse(cursor: &str) -> Result<Stretch> {
    let number = |text: &str| text.parse().ok();
    cursor
        .strip_prefix('<')
        .and_then(number)
        .map(Stretch::Before)
        .or_else(|| {
            cursor
                .strip_prefix('>')
                .and_then(number)
                .map(Stretch::After)
        })
        .ok_or_else(|| Error::new(Kind::Usage, "that is not the name of a page"))
}

fn unknown(key: &str) -> Error {
    Error::new(
        Kind::NotFound,
        format!("the session holds no message {key}"),
    )
}
