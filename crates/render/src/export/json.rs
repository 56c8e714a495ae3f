//! JSON: the session, then each message with its answers, as `show --json` has them.

use std::io::{self, Write};

use scrollback_engine::model::{SessionRow, Tokens, Turn};

use super::{Source, Writer};
use crate::rows::Row;

#[derive(Default)]
pub struct Json {
    has_begun: bool,
}

impl Writer for Json {
    fn begin(
        &mut self,
        session: &SessionRow,
        tokens: &Tokens,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        out.write_all(b"{\"session\":")?;
        serde_json::to_writer(&mut *out, session)?;
        out.write_all(b",\"tokens\":")?;
        serde_json::to_writer(&mut *out, tokens)?;
        out.write_all(b",\"turns\":[")
    }

    fn turn(
        &mut self,
        _: &Row,
        turn: &Turn,
        _: &dyn Source,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if std::mem::replace(&mut self.has_begun, true) {
            out.write_all(b",")?;
        }
        out.write_all(b"\n")?;
        serde_json::to_writer(out, turn)?;
        Ok(())
    }

    fn end(&mut self, masked: u64, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n],\"secrets_masked\":{masked}}}")
    }
}
