//! JSON: the session, then each message with its answers, as `show --json` has them.

use std::io::{self, Write};

use scrollback_engine::model::{Skeleton, Turn};

use super::{Source, Writer};
use crate::rows::Row;

#[derive(Default)]
pub struct Json {
    has_begun: bool,
}

impl Writer for Json {
    fn begin(&mut self, skeleton: &Skeleton, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"{\"session\":")?;
        serde_json::to_writer(&mut *out, &skeleton.session)?;
        out.write_all(b",\"tokens\":")?;
        serde_json::to_writer(&mut *out, &skeleton.tokens)?;
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
