//! `scrollback export`: a transcript as the agent wrote it, also when its source is gone.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;

use scrollback_engine::engine::Engine;
use scrollback_engine::error::{Error, Kind};

use super::Outcome;
use crate::args::{Export, Format};
use crate::exit::{FINE, Failure};
use crate::output::{Screen, sanitize, words};

pub fn run(engine: &Engine, args: &Export, screen: &mut Screen) -> Outcome {
    // The one format so far; a second one makes this match grow.
    let Format::Jsonl = args.format;
    match &args.output {
        Some(path) => {
            let bytes = to_file(engine, &args.what, path)?;
            eprintln!(
                "Wrote {} to {}",
                words::bytes(bytes),
                sanitize::line(&path.display().to_string())
            );
        }
        // Byte for byte means control characters and all, which a terminal would obey.
        None if screen.is_terminal() => {
            return Err(Failure::usage(
                "an export is byte for byte, which a terminal cannot show safely",
                "add -o FILE or a pipe; `scrollback show` is for reading",
            ));
        }
        None => {
            engine.export_jsonl(&args.what, screen)?;
        }
    }
    Ok(FINE)
}

fn to_file(engine: &Engine, what: &str, path: &Path) -> Result<u64, Error> {
    let mut out = BufWriter::new(create(path)?);
    let exported = engine.export_jsonl(what, &mut out).and_then(|bytes| {
        out.flush()
            .map_err(|error| Error::io("write", path, error))?;
        Ok(bytes)
    });
    if exported.is_err() {
        // Half a transcript shall not be taken for a whole one. The file is ours: we just made it.
        let _ = std::fs::remove_file(path);
    }
    exported
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
