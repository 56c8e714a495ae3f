//! What the tail makes of everything that happens to a file: one test for every row of the decision
//! table. Whatever happened, nothing is lost and the archive gives back what is on disk.

#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime};

use support::records::{ids, line, prompt, talk, turn, word};
use support::sandbox::Sandbox;

const FILE: &str = "garden/ada.jsonl";

/// A home in which the first three records of `ada` have been read.
fn with_three_read() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(FILE, talk("ada", 1..=3));
    sandbox.sync();
    sandbox.assert_whole();
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=3));
    sandbox
}

fn touch(sandbox: &Sandbox, time: SystemTime) {
    let file = fs::File::options().write(true).open(sandbox.path(FILE));
    file.expect("opened").set_modified(time).expect("touched");
}

fn transcripts(sandbox: &Sandbox) -> i64 {
    sandbox.ask_one("SELECT count(*) FROM transcript")
}

fn missing(sandbox: &Sandbox) -> i64 {
    sandbox.ask_one("SELECT count(*) FROM transcript WHERE missing_since_ms IS NOT NULL")
}

#[test]
fn an_append_is_read_from_the_offset() {
    let sandbox = with_three_read();
    let more = talk("ada", 4..=5);
    sandbox.append(FILE, &more);
    let report = sandbox.sync();
    assert_eq!(report.bytes_read, more.len() as u64);
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=5));
    assert_eq!(sandbox.set_aside(), [""; 0]);
    sandbox.assert_whole();
}

#[test]
fn an_atomic_save_with_the_same_beginning_is_an_append() {
    let sandbox = with_three_read();
    let before = fs::metadata(sandbox.path(FILE)).expect("there").ino();
    let more = talk("ada", 4..=4);
    sandbox.replace(FILE, talk("ada", 1..=3) + &more);
    let after = fs::metadata(sandbox.path(FILE)).expect("there").ino();
    assert_ne!(before, after, "another file stands there now");
    let report = sandbox.sync();
    assert_eq!(report.bytes_read, more.len() as u64);
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=4));
    assert_eq!(sandbox.set_aside(), [""; 0]);
    sandbox.assert_whole();
}

#[test]
fn what_a_truncation_cut_off_is_kept() {
    let sandbox = with_three_read();
    sandbox.truncate(FILE, talk("ada", 1..=2).len());
    let report = sandbox.sync();
    assert_eq!(report.bytes_read, 0, "what is left was read before");
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=3));
    assert_eq!(sandbox.set_aside(), [talk("ada", 3..=3)]);
    sandbox.assert_whole();
}

#[test]
fn a_truncation_in_the_middle_of_a_line_and_other_words_after_it() {
    let sandbox = with_three_read();
    let two = talk("ada", 1..=2).len();
    sandbox.truncate(FILE, two + 40);
    sandbox.sync();
    assert_eq!(sandbox.set_aside(), [talk("ada", 3..=3)]);
    sandbox.assert_whole();

    sandbox.truncate(FILE, two);
    sandbox.append(FILE, talk("ada", 4..=4));
    sandbox.sync();
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=4));
    sandbox.assert_whole();
}

#[test]
fn a_truncation_to_nothing_keeps_everything() {
    let sandbox = with_three_read();
    sandbox.truncate(FILE, 0);
    sandbox.sync();
    assert_eq!(sandbox.set_aside(), [talk("ada", 1..=3)]);
    sandbox.assert_whole();

    sandbox.append(FILE, talk("ada", 4..=4));
    sandbox.sync();
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=4));
    sandbox.assert_whole();
}

#[test]
fn a_line_taken_out_of_the_middle_in_place() {
    let sandbox = with_three_read();
    sandbox.truncate(FILE, talk("ada", 1..=1).len());
    sandbox.append(FILE, talk("ada", 3..=5));
    let report = sandbox.sync();
    assert_eq!(report.bytes_read, talk("ada", 3..=5).len() as u64);
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=5));
    assert_eq!(sandbox.set_aside(), [talk("ada", 2..=3)]);
    sandbox.assert_whole();
}

#[test]
fn a_file_rewritten_from_its_first_byte() {
    let sandbox = with_three_read();
    sandbox.write(FILE, talk("eve", 1..=5));
    sandbox.sync();
    let all = [ids("ada", 1..=3), ids("eve", 1..=5)].concat();
    assert_eq!(sandbox.message_ids(), all);
    assert_eq!(sandbox.set_aside(), [talk("ada", 1..=3)]);
    sandbox.assert_whole();
}

#[test]
fn another_file_put_in_its_place() {
    let sandbox = with_three_read();
    sandbox.replace(FILE, talk("eve", 1..=5));
    sandbox.sync();
    let all = [ids("ada", 1..=3), ids("eve", 1..=5)].concat();
    assert_eq!(sandbox.message_ids(), all);
    assert_eq!(sandbox.set_aside(), [talk("ada", 1..=3)]);
    sandbox.assert_whole();
}

#[test]
fn a_damaged_line_whose_first_part_still_stands() {
    let sandbox = Sandbox::new();
    // Two spans: what was cut off, and the record behind it.
    sandbox.write(FILE, format!("{{{}", talk("ada", 1..=1)));
    sandbox.sync();
    assert_eq!(sandbox.rejects().len(), 1);
    sandbox.write(FILE, talk("ada", 2..=2));
    sandbox.sync();
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=2));
    assert_eq!(sandbox.set_aside(), [format!("{{{}", talk("ada", 1..=1))]);
    sandbox.assert_whole();
}

#[test]
fn an_edit_in_the_middle_that_keeps_the_size() {
    let sandbox = with_three_read();
    let first = talk("ada", 1..=1).len();
    sandbox.overwrite(FILE, first, talk("ada", 4..=4));
    sandbox.sync();
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=4));
    assert_eq!(sandbox.set_aside(), [talk("ada", 2..=3)]);
    sandbox.assert_whole();
}

#[test]
fn an_edit_that_puts_the_old_time_back() {
    let sandbox = with_three_read();
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    touch(&sandbox, long_ago);
    sandbox.sync();
    sandbox.overwrite(FILE, talk("ada", 1..=1).len(), talk("ada", 4..=4));
    touch(&sandbox, long_ago);
    sandbox.sync();
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=4));
    sandbox.assert_whole();
}

#[test]
fn an_edit_behind_an_append_and_one_behind_the_beginning_of_a_line() {
    let sandbox = Sandbox::new();
    // So long that both ends are as they were, whatever happens in the middle.
    sandbox.write(FILE, talk("ada", 10..=60));
    sandbox.sync();
    let middle = talk("ada", 10..=29).len();
    sandbox.overwrite(FILE, middle, talk("ada", 70..=70));
    sandbox.append(FILE, talk("ada", 61..=61));
    sandbox.sync();
    let all = [ids("ada", 10..=61), ids("ada", 70..=70)].concat();
    assert_eq!(sandbox.message_ids(), all);
    sandbox.assert_whole();

    sandbox.overwrite(FILE, middle, talk("ada", 72..=72));
    sandbox.append(FILE, "{");
    sandbox.sync();
    assert_eq!(sandbox.message_ids(), [all, ids("ada", 72..=72)].concat());
    sandbox.assert_whole();
}

#[test]
fn a_fresh_file_is_compared_once_more_and_not_for_ever() {
    let sandbox = with_three_read();
    let checked = || -> i64 { sandbox.ask_one("SELECT checked_ns FROM cursor") };
    let age = "SELECT (checked_ns - mtime_ns) / 1000000 FROM cursor";
    // Looked at less than two seconds after its change; a busy machine may need a second try.
    loop {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let whole = Duration::from_millis(since.expect("after 1970").as_millis() as u64);
        // As on a file system that keeps whole milliseconds.
        touch(&sandbox, SystemTime::UNIX_EPOCH + whole);
        sandbox.sync();
        if sandbox.ask_one::<i64>(age) <= 1900 {
            break;
        }
    }
    let first = checked();
    std::thread::sleep(Duration::from_millis(2200));
    sandbox.sync();
    let second = checked();
    assert!(second > first, "compared, and that is written down");
    sandbox.sync();
    assert_eq!(checked(), second, "once and for all");
}

#[test]
fn a_touch_changes_nothing() {
    let sandbox = with_three_read();
    touch(&sandbox, SystemTime::now() + Duration::from_secs(86_400));
    let report = sandbox.sync();
    assert_eq!((report.bytes_read, report.messages_added), (0, 0));
    assert_eq!(sandbox.set_aside(), [""; 0]);
    sandbox.assert_whole();
}

#[test]
fn a_rename_moves_the_cursor() {
    let sandbox = with_three_read();
    sandbox.rename(FILE, "garden/eve.jsonl");
    let report = sandbox.sync();
    assert_eq!(report.bytes_read, 0);
    assert_eq!((transcripts(&sandbox), missing(&sandbox)), (1, 0));
    assert_eq!(
        sandbox.transcript_paths(),
        [sandbox.path("garden/eve.jsonl")]
    );
    sandbox.assert_whole();

    sandbox.append("garden/eve.jsonl", talk("ada", 4..=4));
    sandbox.sync();
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=4));
    sandbox.assert_whole();
}

#[test]
fn a_renamed_file_and_a_new_one_under_the_old_name() {
    let sandbox = with_three_read();
    sandbox.rename(FILE, "garden/eve.jsonl");
    sandbox.write(FILE, talk("bob", 1..=2));
    sandbox.sync();
    let all = [ids("ada", 1..=3), ids("bob", 1..=2)].concat();
    assert_eq!(sandbox.message_ids(), all);
    assert_eq!((transcripts(&sandbox), missing(&sandbox)), (2, 0));
    sandbox.assert_whole();
}

#[test]
fn two_files_that_swap_their_names() {
    let sandbox = with_three_read();
    sandbox.write("garden/bob.jsonl", talk("bob", 1..=9));
    sandbox.sync();
    sandbox.rename(FILE, "garden/aside.jsonl");
    sandbox.rename("garden/bob.jsonl", FILE);
    sandbox.rename("garden/aside.jsonl", "garden/bob.jsonl");
    sandbox.sync();
    let all = [ids("ada", 1..=3), ids("bob", 1..=9)].concat();
    assert_eq!(sandbox.message_ids(), all);
    sandbox.assert_whole();
}

#[test]
fn a_renamed_folder_takes_its_transcripts_along() {
    let sandbox = with_three_read();
    sandbox.write("garden/bob.jsonl", talk("bob", 1..=2));
    sandbox.sync();
    sandbox.rename("garden", "orchard");
    let report = sandbox.sync();
    assert_eq!(report.bytes_read, 0);
    assert_eq!((transcripts(&sandbox), missing(&sandbox)), (2, 0));
    assert!(sandbox.transcript_paths()[0].ends_with("orchard/ada.jsonl"));
    sandbox.assert_whole();
}

#[test]
fn an_unlinked_file_is_a_fact_and_no_loss() {
    let sandbox = with_three_read();
    sandbox.remove(FILE);
    sandbox.sync();
    assert_eq!(missing(&sandbox), 1);
    let since: Vec<Option<String>> = sandbox.ask("SELECT source_missing_since FROM sessions");
    assert!(matches!(since.as_slice(), [Some(_)]), "{since:?}");
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=3));
    let exported = sandbox.export(&sandbox.path(FILE));
    assert_eq!(exported, talk("ada", 1..=3).into_bytes());
    sandbox.assert_whole();
}

#[test]
fn a_file_that_returns_is_no_longer_missing() {
    let sandbox = with_three_read();
    sandbox.remove(FILE);
    sandbox.sync();
    sandbox.write(FILE, talk("ada", 1..=3));
    let report = sandbox.sync();
    assert_eq!((report.bytes_read, missing(&sandbox)), (0, 0));
    sandbox.assert_whole();

    sandbox.remove(FILE);
    sandbox.sync();
    sandbox.write(FILE, talk("eve", 1..=1));
    sandbox.sync();
    assert_eq!(missing(&sandbox), 0);
    assert_eq!(sandbox.message_ids().len(), 4);
    assert_eq!(sandbox.set_aside(), [talk("ada", 1..=3)]);
    sandbox.assert_whole();
}

#[test]
fn another_file_that_got_the_inode_of_a_deleted_one() {
    let sandbox = with_three_read();
    let inode = |name: &str| fs::metadata(sandbox.path(name)).expect("there").ino();
    let before = inode(FILE);
    // At least as long as the old one, so that size alone would pass it for an append.
    for name in [FILE, "garden/eve.jsonl"] {
        sandbox.remove(FILE);
        sandbox.write(name, talk("eve", 1..=5));
        if inode(name) != before {
            eprintln!("NOTE: this file system did not reuse the inode");
        }
        sandbox.sync();
        let all = [ids("ada", 1..=3), ids("eve", 1..=5)].concat();
        assert_eq!(sandbox.message_ids(), all, "{name}");
        sandbox.assert_whole();
    }
}

#[test]
fn a_partial_last_line_waits_for_its_end() {
    let sandbox = with_three_read();
    let fourth = talk("ada", 4..=4);
    let (first, rest) = fourth.split_at(fourth.len() / 2);
    sandbox.append(FILE, first);
    let report = sandbox.sync();
    assert_eq!((report.bytes_read, report.gaps, report.rejects), (0, 0, 0));
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=3));
    sandbox.assert_whole();

    sandbox.append(FILE, rest);
    sandbox.sync();
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=4));
    sandbox.assert_whole();
}

#[test]
fn a_last_record_without_its_newline_is_taken_once() {
    let sandbox = with_three_read();
    let fourth = talk("ada", 4..=4);
    sandbox.append(FILE, fourth.trim_end());
    let report = sandbox.sync();
    assert_eq!((report.bytes_read, report.messages_added), (0, 1));
    assert_eq!(sandbox.search(&word("ada", 4)), ["ada-4"]);
    sandbox.assert_whole();

    sandbox.append(FILE, "\n");
    let report = sandbox.sync();
    let newly = (report.bytes_read, report.messages_added);
    assert_eq!(newly, (fourth.len() as u64, 0));
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=4));
    assert_eq!(sandbox.search(&word("ada", 4)), ["ada-4"]);
    sandbox.assert_whole();
}

#[test]
fn a_last_record_without_its_newline_outlives_its_file() {
    let sandbox = with_three_read();
    sandbox.append(FILE, talk("ada", 4..=4).trim_end());
    sandbox.sync();
    let content = sandbox.content(FILE);
    let path = sandbox.path(FILE);
    assert_eq!(sandbox.export(&path), content);
    let raw = sandbox.engine().raw_line("ada-4").expect("its line");
    assert_eq!(
        (raw.offset as usize, raw.text.len()),
        (talk("ada", 1..=3).len(), talk("ada", 4..=4).len() - 1)
    );

    // It becomes a line like any other.
    sandbox.append(FILE, "\n");
    sandbox.append(FILE, talk("ada", 5..=5).trim_end());
    sandbox.sync();
    let content = sandbox.content(FILE);
    assert_eq!(sandbox.export(&path), content);

    sandbox.remove(FILE);
    sandbox.sync();
    assert_eq!(sandbox.export(&path), content);
}

#[test]
fn a_file_of_several_batches() {
    let sandbox = Sandbox::new();
    let long = "the longest story ever told ".repeat(60_000);
    let mut content = talk("ada", 1..=4000);
    content += &line(&prompt("ada", "ada-4001", &long));
    content += &talk("ada", 4002..=8000);
    assert!(content.len() > 3 << 20, "more than three batches");
    sandbox.write(FILE, &content);
    let report = sandbox.sync();
    assert_eq!(report.bytes_read, content.len() as u64);
    assert_eq!(report.records, 8000);
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=8000));
    sandbox.assert_whole();

    // A rewrite is found wherever it is.
    let middle = talk("ada", 1..=3000).len();
    sandbox.overwrite(FILE, middle, line(&turn("ada", 3001)).replace('3', "9"));
    sandbox.sync();
    assert_eq!(sandbox.message_ids().len(), 8001);
    sandbox.assert_whole();
}

#[test]
fn a_line_too_large_to_hold_is_kept_in_pieces_and_the_rest_goes_on() {
    const LONGEST_LINE: i64 = 64 << 20;
    let sandbox = Sandbox::new();
    let mut content = talk("ada", 1..=1).into_bytes();
    let start = content.len() as u64;
    let huge = 70 << 20;
    content.resize(content.len() + huge, b'x');
    content.push(b'\n');
    content.extend(talk("ada", 2..=3).bytes());
    sandbox.write(FILE, &content);
    let report = sandbox.sync();
    assert_eq!(report.bytes_read, content.len() as u64);
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=3));

    let longest: i64 = sandbox.ask_one("SELECT max(len) FROM record");
    assert!(longest <= LONGEST_LINE, "never more than this in memory");
    let rejects = sandbox.rejects();
    assert_eq!(rejects.len(), 1, "one line is one reject: {rejects:?}");
    assert_eq!(rejects[0].reason, "too_large");
    let place = (rejects[0].offset, rejects[0].len);
    assert_eq!(place, (start, huge as u64 + 1), "its newline is part of it");
    sandbox.assert_whole();
}
