//! `scrollback export`: a transcript as the agent wrote it, also when its source is gone, or a
//! conversation to read elsewhere.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use scrollback_engine::engine::Engine;
use scrollback_engine::error::{Error, Kind, Result};
use scrollback_engine::model::{Content, Turn};
use scrollback_render::export::{self, Source};

use super::Outcome;
use crate::args::{Export, Format};
use crate::exit::{FINE, Failure};
use crate::output::{Screen, sanitize, words};

pub fn run(engine: &Engine, args: &Export, screen: &mut Screen) -> Outcome {
    // Before it is read: what is saved meanwhile may be in it or not.
    let unread = engine.unread_of(&args.what)?;
    if let (true, Some(to)) = (args.transcripts, &args.output) {
        let outcome = files(engine, &args.what, to);
        tell_unread(&unread);
        return outcome;
    }
    let is_original = matches!(args.format, Format::Jsonl);
    let masked = match &args.output {
        Some(path) => to_file(engine, args, path)?,
        // What others wrote has control characters, which a terminal would obey.
        None if screen.is_terminal() => {
            return Err(Failure::usage(
                "an export is for a file, and a terminal cannot show it safely",
                "add -o FILE or a pipe; `scrollback show` is for reading",
            ));
        }
        None => write(engine, args, screen)?,
    };
    if let Some(path) = &args.output {
        let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
        let path = sanitize::line(&path.display().to_string()).into_owned();
        eprintln!("Wrote {} to {path}", words::bytes(bytes));
    }
    tell_unread(&unread);
    if is_original {
        tell_rewritten(engine, &args.what)?;
        eprintln!("{}", export::ORIGINAL);
    } else if !args.show_secrets {
        let leaves = if masked > 0 {
            " --show-secrets leaves them."
        } else {
            ""
        };
        eprintln!("{}{leaves}", export::said(masked));
    }
    Ok(FINE)
}

/// Says where what was given out ends before the file does.
fn tell_unread(unread: &[(PathBuf, u64)]) {
    for (path, bytes) in unread {
        let path = path.display().to_string();
        eprintln!(
            "Not in it: {} of {}, which are not saved yet; `scrollback status` says when they are.",
            words::bytes(*bytes),
            sanitize::line(&path)
        );
    }
}

/// Says what the records of a session leave out.
fn tell_rewritten(engine: &Engine, what: &str) -> Result<()> {
    for path in engine.rewritten_files(what)? {
        let path = path.display().to_string();
        eprintln!(
            "Not in it: what the agent wrote over in {}; --transcripts -o FOLDER gives that, too.",
            sanitize::line(&path)
        );
    }
    Ok(())
}

/// The files of a session, as they were.
fn files(engine: &Engine, session: &str, to: &Path) -> Outcome {
    let files = engine.export_transcripts(session, to)?;
    for file in &files {
        let what = match file.is_earlier {
            true => ", as it was before it was rewritten",
            false => "",
        };
        let path = sanitize::line(&file.path);
        eprintln!("Wrote {} to {path}{what}", words::bytes(file.bytes));
    }
    eprintln!("{}", export::ORIGINAL);
    Ok(FINE)
}

fn to_file(engine: &Engine, args: &Export, path: &Path) -> Result<u64> {
    let mut out = BufWriter::new(create(path)?);
    let exported = write(engine, args, &mut out).and_then(|masked| {
        out.flush()
            .map_err(|error| Error::io("write", path, error))?;
        Ok(masked)
    });
    if exported.is_err() {
        // Half a transcript shall not be taken for a whole one. The file is ours: we just made it.
        let _ = std::fs::remove_file(path);
    }
    exported
}

/// Writes the session. Returns how many secrets were masked.
fn write(engine: &Engine, args: &Export, out: &mut dyn Write) -> Result<u64> {
    let format = match args.format {
        Format::Jsonl => return engine.export_jsonl(&args.what, out).map(|_| 0),
        Format::Md => export::Format::Markdown,
        Format::Html => export::Format::Html,
        Format::Json => export::Format::Json,
    };
    let skeleton = engine.skeleton(&args.what)?;
    let session = &skeleton.session.id;
    let source = Stored { engine, session };
    export::export(&skeleton, &source, format, args.show_secrets, out)
}

/// A session in the store.
struct Stored<'a> {
    engine: &'a Engine,
    session: &'a str,
}

impl Source for Stored<'_> {
    fn turns(&self, ids: &[String]) -> Result<Vec<Turn>> {
        self.engine.turns(self.session, ids)
    }

    fn content(&self, message: &str, number: u32) -> Option<Content> {
        self.engine.attachment(message, number).ok()
    }
}

/// Only ever a new file, and only for its owner's eyes.
fn create(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            let message = format!("{} exists already, and is left as it is", path.display());
            Error::new(Kind::Io, message).with_remedy("name a new file, or remove this one first")
        }
        _ => Error::io("create", path, error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_exists_is_never_touched() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("out.jsonl");
        std::fs::write(&path, "mine").expect("written");
        let error = create(&path).expect_err("refused");
        assert!(error.to_string().contains("exists already"), "{error}");
        assert_eq!(std::fs::read(&path).expect("read"), b"mine");
    }

    #[test]
    #[cfg(unix)]
    fn a_new_file_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("out.jsonl");
        create(&path).expect("created");
        let mode = std::fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
