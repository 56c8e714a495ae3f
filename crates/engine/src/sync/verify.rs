//! Proves that the archive holds what the sources hold: spans tile what was read, the bytes on
//! disk are the ones committed, and the archive gives them back. And that what is kept is shown.

mod meaning;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::Result;
use crate::model::{Gap, VerifyReport};
use crate::store::{CursorId, Known, Reader, SHARDS};
use crate::sync::backlog;
use crate::sync::links;
use crate::sync::proof;
use crate::sync::sweep::Place;
use crate::sync::tail::Tail;

/// How long the archive is read anew for, unless all of it is asked for.
const MEANING_TIME: Duration = Duration::from_secs(10);

/// Compares everything. `deep` also unpacks the archive and checks every record in it.
pub fn verify(reader: &Reader, places: &[Place], deep: bool) -> Result<VerifyReport> {
    let mut report = VerifyReport {
        deep,
        ..VerifyReport::default()
    };
    let known = reader.transcripts().map_err(|e| reader.explain(&e))?;
    let mut changed = HashSet::new();
    for transcript in &known {
        let tail = links::open_known(places, &transcript.path).ok().flatten();
        match tail {
            Some(_) => report.files += 1,
            None => report.sources_missing += 1,
        }
        let before = report.gaps.len();
        if let Err(error) = one(reader, transcript, tail.as_ref(), &mut report) {
            let reason = format!("the database cannot be read there: {error}");
            report.gaps.push(damage(&transcript.path, 0, reason));
        }
        if report.gaps.len() > before {
            changed.insert(transcript.path.clone());
        }
    }
    if deep {
        report.gaps.extend(archive(reader, &known));
    }
    unread(places, known, &changed, &mut report);
    match meaning::prove(reader, places, (!deep).then_some(MEANING_TIME)) {
        Ok((proved, gaps)) => {
            report.meaning = proved;
            report.gaps.extend(gaps);
        }
        Err(error) => report
            .gaps
            .push(damage(reader.path(), 0, error.to_string())),
    }
    match reader.rejects() {
        Ok(rejects) => report.rejects = rejects,
        Err(error) => report
            .gaps
            .push(damage(reader.path(), 0, error.to_string())),
    }
    Ok(report)
}

/// Everything that is wrong with the database itself: its structure, and what it holds by hash.
pub fn archive(reader: &Reader, known: &[Known]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let whole = |reason: String| damage(reader.path(), 0, reason);
    gaps.extend(reader.integrity().into_iter().map(whole));
    for shard in SHARDS
        .into_iter()
        .filter(|shard| reader.is_sound(*shard) == Some(false))
    {
        gaps.push(whole(format!(
            "the words index {} is damaged",
            shard.schema()
        )));
    }
    let current = known
        .iter()
        .map(|known| (known.path.clone(), known.cursor_id));
    let mut cursors: Vec<(PathBuf, CursorId)> = current.collect();
    match reader.set_aside() {
        Ok(earlier) => cursors.extend(earlier.into_iter().map(|(path, cursor, ..)| (path, cursor))),
        Err(error) => gaps.push(whole(error.to_string())),
    }
    for (path, cursor) in cursors {
        gaps.extend(unpack(reader, &path, cursor));
    }
    for (path, what) in reader.altered_contents() {
        let path = path.map_or_else(|| reader.path().to_owned(), PathBuf::from);
        gaps.push(damage(&path, 0, what));
    }
    gaps
}

/// Spans and archive of one transcript, and the file where it is still there.
fn one(
    reader: &Reader,
    transcript: &Known,
    tail: Option<&Tail>,
    report: &mut VerifyReport,
) -> rusqlite::Result<()> {
    let mut end = 0;
    let mut trouble: Option<(u64, String)> = None;
    let mut buffer = Vec::new();
    let mut records = 0;
    reader.spans(transcript.cursor_id, |span, _| {
        if span.offset != end {
            trouble = Some((
                end,
                format!("no record accounts for the bytes up to {}", span.offset),
            ));
            return false;
        }
        match tail.map(|tail| tail.has_span(span, &mut buffer)) {
            Some(Ok(false)) => {
                trouble = Some((end, "the file has changed since it was read".into()));
                return false;
            }
            Some(Err(e)) => {
                trouble = Some((end, format!("the file cannot be read: {e}")));
                return false;
            }
            Some(Ok(true)) | None => {}
        }
        records += 1;
        end += span.len;
        true
    })?;
    let offset = transcript.cursor.offset;
    if trouble.is_none() && end != offset {
        trouble = Some((
            end,
            format!("the cursor stands at {offset}, the records end here"),
        ));
    }
    let archived = reader.archived_to(transcript.cursor_id, 0)?;
    if trouble.is_none() && archived != offset {
        trouble = Some((
            archived,
            format!("the archive ends here, the cursor stands at {offset}"),
        ));
    }
    report.records += records;
    report.bytes += end;
    if let Some((offset, reason)) = trouble {
        report.gaps.push(gap(&transcript.path, offset, reason));
    }
    Ok(())
}

/// Unpacks what the archive holds of a cursor and checks each record's hash.
fn unpack(reader: &Reader, path: &Path, cursor: CursorId) -> Option<Gap> {
    match proof::unsound(reader, cursor) {
        Ok(found) => {
            let first = found.spans.first()?;
            let reason = "the archive does not hold what the record's hash says".into();
            Some(damage(path, first.offset, reason))
        }
        Err(error) => Some(damage(path, 0, error.to_string())),
    }
}

/// Folders that were named as sources and are not there.
pub fn missing_roots(places: &[Place]) -> Vec<String> {
    let missed = places.iter().filter(|place| place.is_missed());
    missed
        .map(|place| place.folder.display().to_string())
        .collect()
}

/// Complete lines on disk that are not read yet.
fn unread(
    places: &[Place],
    known: Vec<Known>,
    changed: &HashSet<PathBuf>,
    report: &mut VerifyReport,
) {
    let offsets = known
        .into_iter()
        .map(|k| (k.path, k.cursor.offset))
        .collect();
    let measured = backlog::measure(places, &offsets);
    report.left_aside = measured.left_aside();
    report.missing_roots = missing_roots(places);
    for late in measured.behind {
        if !changed.contains(&late.path) {
            let reason = format!("{} bytes are not read yet", late.bytes());
            report.gaps.push(gap(&late.path, late.offset, reason));
        }
    }
    for trouble in measured.unreadable {
        report.gaps.push(gap(
            &trouble.path,
            0,
            format!("cannot be read: {}", trouble.reason),
        ));
    }
}

fn gap(path: &Path, offset: u64, reason: String) -> Gap {
    Gap {
        path: path.display().to_string(),
        offset,
        reason,
        is_damage: false,
        is_hidden: false,
    }
}

fn damage(path: &Path, offset: u64, reason: String) -> Gap {
    Gap {
        is_damage: true,
        ..gap(path, offset, reason)
    }
}
