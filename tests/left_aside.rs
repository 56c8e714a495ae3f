//! What is not read is said, and what can be read safely behind a link is read: real files, links and owners, and
//! the program as a person runs it.

#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::Path;

use serde_json::Value;
use support::corpus::skipped;
use support::program::wait_until;
use support::records::{ids, line, talk, turn};
use support::sandbox::Sandbox;

/// A home with one transcript, in `garden/ada.jsonl`.
fn garden() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    sandbox
}

/// A file or folder beside the agent's own folder.
fn outside(sandbox: &Sandbox, name: &str, content: String) -> std::path::PathBuf {
    put(&sandbox.home().join(name), content)
}

/// A file in the agent's own folder, beside its transcripts.
fn inside(sandbox: &Sandbox, name: &str, content: String) -> std::path::PathBuf {
    put(&sandbox.claude().join(name), content)
}

fn put(path: &Path, content: String) -> std::path::PathBuf {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, content).expect("written");
    path.to_owned()
}

/// Reason and path of everything `doctor` names; of `status`, the count is the same.
fn left_aside(sandbox: &Sandbox) -> Vec<(String, String)> {
    let doctor = sandbox.run(&["doctor", "--json"]).json();
    let rows = doctor["left_aside"].as_array().expect("rows");
    let name = |row: &Value, key: &str| row[key].as_str().expect("text").to_owned();
    let mut named: Vec<_> = rows
        .iter()
        .map(|row| {
            assert!(!name(row, "remedy").is_empty() && !name(row, "says").is_empty());
            let path = name(row, "path");
            let below = Path::new(&path).strip_prefix(sandbox.projects());
            (
                name(row, "reason"),
                below.expect("below").display().to_string(),
            )
        })
        .collect();
    named.sort();
    let status = sandbox.run(&["status", "--json"]).json();
    let root = &status["watcher"]["roots"][0];
    assert_eq!(root["left_aside"], named.len(), "{status:#}");
    assert_eq!(doctor["left_aside_count"], named.len(), "{doctor:#}");
    named
}

fn named(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(reason, path): &(&str, &str)| ((*reason).to_owned(), (*path).to_owned());
    let mut all: Vec<_> = all.iter().map(own).collect();
    all.sort();
    all
}

#[test]
fn a_link_inside_what_the_user_named_is_followed() {
    let sandbox = garden();
    let file = inside(&sandbox, "store/eve.jsonl", talk("eve", 1..=1));
    inside(&sandbox, "old/bob.jsonl", talk("bob", 1..=1));
    symlink(&file, sandbox.path("garden/eve.jsonl")).expect("linked");
    fs::create_dir_all(sandbox.path("garden/deep")).expect("made");
    symlink(
        sandbox.claude().join("old"),
        sandbox.path("garden/deep/old"),
    )
    .expect("linked");
    let report = sandbox.sync();
    assert_eq!((report.files, report.left_aside), (3, 0));
    assert_eq!(sandbox.message_ids(), ["ada-1", "bob-1", "eve-1"]);
    assert_eq!(left_aside(&sandbox), []);

    // Both are followed as they grow.
    fs::write(&file, talk("eve", 1..=2)).expect("written");
    sandbox.append("garden/deep/old/bob.jsonl", line(&turn("bob", 2)));
    assert_eq!(sandbox.sync().messages, 5);
    assert_eq!(sandbox.sync().bytes_read, 0, "and not read again");
    let report = sandbox.verify();
    assert_eq!(
        (report.files, report.gaps.len(), report.left_aside),
        (3, 0, 0)
    );
    sandbox.assert_whole();
}

#[test]
fn a_link_outside_is_left_aside_with_the_way_to_have_it_read() {
    let sandbox = garden();
    let file = outside(&sandbox, "disk/eve.jsonl", talk("eve", 1..=1));
    outside(
        &sandbox,
        "other/.claude/projects/orchard/bob.jsonl",
        talk("bob", 1..=1),
    );
    symlink(&file, sandbox.path("garden/eve.jsonl")).expect("linked");
    let orchard = sandbox.home().join("other/.claude/projects/orchard");
    symlink(orchard, sandbox.path("garden/orchard")).expect("linked");
    let report = sandbox.sync();
    assert_eq!((report.files, report.left_aside), (1, 2));
    let expected = [
        ("link_outside", "garden/eve.jsonl"),
        ("link_outside", "garden/orchard"),
    ];
    assert_eq!(left_aside(&sandbox), named(&expected));

    let doctor = sandbox.run(&["doctor", "--json"]).json();
    let rows = doctor["left_aside"].as_array().expect("rows");
    let row = |path: &str| {
        let is_it = |row: &&Value| row["path"].as_str().is_some_and(|at| at.ends_with(path));
        rows.iter().find(is_it).expect("named").clone()
    };
    let (eve, orchard) = (row("eve.jsonl"), row("orchard"));
    let target = file.canonicalize().expect("there").display().to_string();
    assert_eq!(eve["leads_to"], target);
    let root = sandbox
        .home()
        .canonicalize()
        .expect("there")
        .join("other/.claude");
    let source = format!("--source claude-code={}", root.display());
    assert!(
        orchard["remedy"]
            .as_str()
            .expect("a remedy")
            .contains(&source),
        "{orchard}"
    );

    // The remedies do what they say.
    let remedy = eve["remedy"].as_str().expect("a remedy");
    let command = remedy.split('`').nth(1).expect("a command");
    let done = std::process::Command::new("sh")
        .args(["-c", command])
        .status();
    assert!(done.expect("a shell").success(), "{command}");
    let own = format!("claude-code={}", sandbox.claude().display());
    let other = format!("claude-code={}", root.display());
    let both = ["--source", &own, "--source", &other];
    let sync = sandbox
        .run(&[&["sync", "--json"], &both[..]].concat())
        .json();
    assert_eq!(
        (&sync["files"], &sync["left_aside"]),
        (&3.into(), &0.into()),
        "{sync}"
    );
    assert_eq!(sandbox.message_ids(), ["ada-1", "bob-1", "eve-1"]);
}

#[test]
fn dead_ends_circles_and_what_is_no_file_are_named() {
    let sandbox = garden();
    let link = |to: &Path, name: &str| symlink(to, sandbox.path(name)).expect("linked");
    link(Path::new("nowhere.jsonl"), "garden/gone.jsonl");
    link(Path::new("/nowhere/at/all"), "orchard");
    link(Path::new("self"), "garden/self");
    link(&sandbox.projects(), "garden/up");
    link(sandbox.claude(), "above");
    let pipe = sandbox.path("garden/pipe.jsonl");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0)
        .expect("a pipe");
    let report = sandbox.sync();
    assert_eq!((report.files, report.left_aside), (1, 6));
    let expected = [
        ("link_dangling", "garden/gone.jsonl"),
        ("link_dangling", "orchard"),
        ("link_loop", "garden/self"),
        ("link_loop", "garden/up"),
        ("link_loop", "above"),
        ("special_file", "garden/pipe.jsonl"),
    ];
    assert_eq!(left_aside(&sandbox), named(&expected));
}

#[test]
fn what_belongs_to_another_user_is_not_read() {
    if !rustix::process::geteuid().is_root() {
        return skipped("another owner", "only root gives files away");
    }
    let sandbox = garden();
    let file = inside(&sandbox, "store/eve.jsonl", talk("eve", 1..=1));
    outside(&sandbox, "disk/bob.jsonl", talk("bob", 1..=1));
    symlink(&file, sandbox.path("garden/eve.jsonl")).expect("linked");
    symlink(sandbox.home().join("disk"), sandbox.path("orchard")).expect("linked");
    let give = |path: &Path, to: u32| chown(path, Some(to), Some(to)).expect("given away");
    let disk = sandbox.home().join("disk");
    give(&file, 65_534);
    give(&disk, 65_534);
    let report = sandbox.sync();
    assert_eq!((report.files, report.left_aside), (1, 2));
    let expected = [
        ("other_owner", "garden/eve.jsonl"),
        ("other_owner", "orchard"),
    ];
    assert_eq!(left_aside(&sandbox), named(&expected));
    give(&file, 0);
    give(&disk, 0);
    assert_eq!(sandbox.sync().messages, 3);
    // What was read before and then given away is out of sight, and kept.
    give(&file, 65_534);
    assert_eq!((sandbox.sync().files, sandbox.message_ids().len()), (2, 3));
}

#[test]
fn a_folder_that_may_not_be_listed_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = garden();
    sandbox.write("shed/eve.jsonl", talk("eve", 1..=1));
    let shed = sandbox.path("shed");
    fs::set_permissions(&shed, fs::Permissions::from_mode(0o000)).expect("closed");
    let sync = sandbox
        .run_unprivileged(&["sync", "--json"])
        .assert_code(1)
        .json();
    let path = shed.display().to_string();
    assert_eq!(
        (&sync["left_aside"], &sync["unreadable"][0][0]),
        (&1.into(), &path.clone().into())
    );
    let doctor = sandbox.run_unprivileged(&["doctor", "--json"]).json();
    let row = &doctor["left_aside"][0];
    assert_eq!(
        (&row["reason"], &row["path"]),
        (&"no_permission".into(), &path.into())
    );
    let status = sandbox.run_unprivileged(&["status"]).out;
    assert!(
        status.contains("1 file or folder cannot be read; everything else on disk is saved"),
        "{status}"
    );
    fs::set_permissions(&shed, fs::Permissions::from_mode(0o700)).expect("opened");
}

#[test]
fn a_file_that_is_reached_in_several_ways_is_one() {
    let sandbox = garden();
    let file = inside(&sandbox, "store/eve.jsonl", talk("eve", 1..=1));
    for name in ["garden/b.jsonl", "garden/a.jsonl", "garden/deeper/a.jsonl"] {
        fs::create_dir_all(sandbox.path(name).parent().expect("a folder")).expect("made");
        symlink(&file, sandbox.path(name)).expect("linked");
    }
    // A transcript by its own name, folders around and below what is read.
    symlink(
        sandbox.path("garden/ada.jsonl"),
        sandbox.path("garden/again.jsonl"),
    )
    .expect("linked");
    symlink(sandbox.path("garden"), sandbox.path("again")).expect("linked");
    symlink(sandbox.claude().join("store"), sandbox.path("zoo")).expect("linked");
    symlink(sandbox.claude().join("store"), sandbox.path("garden/zoo")).expect("linked");
    inside(&sandbox, "store/bob.jsonl", talk("bob", 1..=1));
    for expected in [3, 0] {
        let report = sandbox.sync();
        assert_eq!((report.files, report.messages_added), (3, expected));
        assert_eq!((report.gaps, report.left_aside), (0, 0));
    }
    assert_eq!(
        sandbox.transcript_paths(),
        ["garden/ada.jsonl", "zoo/bob.jsonl", "zoo/eve.jsonl"].map(|name| sandbox.path(name)),
        "the shortest way, then the first by name"
    );
    // Without it the next way counts, and the file is followed there.
    fs::remove_file(sandbox.path("zoo")).expect("removed");
    let report = sandbox.sync();
    assert_eq!((report.files, report.messages_added), (3, 0));
    let expected = ["garden/a.jsonl", "garden/ada.jsonl", "garden/zoo/bob.jsonl"];
    assert_eq!(
        sandbox.transcript_paths(),
        expected.map(|name| sandbox.path(name))
    );
    sandbox.assert_whole();
}

#[test]
fn a_link_that_is_led_elsewhere_is_not_read_in_the_others_place() {
    let sandbox = garden();
    let file = inside(&sandbox, "store/eve.jsonl", talk("eve", 1..=1));
    let secret = outside(&sandbox, "secret.jsonl", talk("mallory", 1..=1));
    let link = sandbox.path("garden/eve.jsonl");
    symlink(&file, &link).expect("linked");
    sandbox.sync();
    fs::remove_file(&link).expect("removed");
    symlink(secret, &link).expect("linked");
    let report = sandbox.sync();
    assert_eq!((report.files, report.left_aside), (1, 1));
    assert_eq!(sandbox.message_ids(), ["ada-1", "eve-1"]);
    assert_eq!(sandbox.verify().sources_missing, 1);
}

#[test]
fn names_that_are_passed_over_are_named() {
    let sandbox = garden();
    for name in [
        "garden/ada.jsonl.bak",
        "garden/ada.jsonl~",
        "garden/ada.jsonl.gz",
        "garden/.ada.jsonl.icloud",
        "garden/ada.jsonl.tmp",
        "garden/memory/notes.jsonl",
        "garden/ada/tool-results/toolu_1.txt",
        "garden/sessions-index.json",
        "garden/memory/MEMORY.md",
    ] {
        sandbox.write(name, talk("eve", 1..=1));
    }
    sandbox.write(
        "garden/ada.sync-conflict-20261115-093000-ABCDEFG.jsonl",
        talk("ada", 1..=2),
    );
    let report = sandbox.sync();
    assert_eq!((report.files, report.left_aside), (2, 7));
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=2));
    let expected = [
        ("backup_copy", "garden/ada.jsonl.bak"),
        ("backup_copy", "garden/ada.jsonl~"),
        ("compressed", "garden/ada.jsonl.gz"),
        ("in_cloud", "garden/.ada.jsonl.icloud"),
        ("unfinished", "garden/ada.jsonl.tmp"),
        ("notes", "garden/memory/notes.jsonl"),
        ("tool_output", "garden/ada/tool-results/toolu_1.txt"),
    ];
    assert_eq!(left_aside(&sandbox), named(&expected));
}

#[test]
fn nothing_is_called_complete_that_was_not_looked_at() {
    let sandbox = garden();
    let said = |arguments: &[&str]| sandbox.run(arguments).assert_code(0).out;
    let sync = said(&["sync"]);
    assert!(
        sync.contains("Complete: every line on disk is in the archive."),
        "{sync}"
    );
    let zebra = || sandbox.run(&["search", "zebra"]).assert_code(1).err;
    let found = zebra();
    assert!(
        found.contains("does not occur in the text of the 1 transcript that was read"),
        "{found}"
    );
    assert!(!found.contains("left aside"), "{found}");
    let verify = said(&["verify"]);
    assert!(verify.contains("every complete line on disk") && !verify.contains("left aside"));

    sandbox.write("garden/bob.jsonl", talk("bob", 1..=1));
    sandbox.write("garden/eve.jsonl.gz", "zebra");
    for number in 0..30 {
        sandbox.write(&format!("garden/ada/tool-results/{number:02}.txt"), "zebra");
    }
    let sync = said(&["sync"]);
    assert!(!sync.contains("every line on disk"), "{sync}");
    assert!(
        sync.contains("31 files were left aside (`scrollback doctor` says why)"),
        "{sync}"
    );
    let found = zebra();
    assert!(
        found.contains("in the text of none of the 2 transcripts that were read"),
        "{found}"
    );
    assert!(found.contains("31 files were left aside"), "{found}");
    assert!(!found.contains("nowhere"), "{found}");
    let verify = said(&["verify"]);
    assert!(!verify.contains("line on disk") && verify.contains("31 files are left aside"));
    assert_eq!(sandbox.run(&["verify", "--json"]).json()["left_aside"], 31);
    let status = sandbox.run(&["status"]).out;
    assert!(
        status.contains("31 files are left aside; `scrollback doctor` names them"),
        "{status}"
    );
    assert!(!status.contains("everything on disk is saved"), "{status}");
    let doctor = said(&["doctor"]);
    assert!(
        doctor.contains("garden/eve.jsonl.gz") && doctor.contains("unpack it"),
        "{doctor}"
    );
    assert!(doctor.contains("… and 11 more"), "{doctor}");
}

#[test]
fn a_root_that_was_named_and_is_missing_is_said_to_be() {
    let sandbox = garden();
    let gone = sandbox.home().join("usb/.claude");
    let own = format!("claude-code={}", sandbox.claude().display());
    let other = format!("claude-code={}", gone.display());
    let run = |arguments: &[&str]| {
        sandbox.run(&[arguments, &["--source", &own, "--source", &other]].concat())
    };
    let folder = gone.join("projects").display().to_string();
    let sync = run(&["sync"]).assert_code(0).out;
    assert!(
        sync.contains(&format!(
            "{folder} was named as a source and does not exist"
        )),
        "{sync}"
    );
    assert!(!sync.contains("every line on disk"), "{sync}");
    assert_eq!(run(&["sync", "--json"]).json()["missing_roots"][0], folder);
    assert_eq!(
        run(&["verify", "--json"]).json()["missing_roots"][0],
        folder
    );
    let status = run(&["status", "--json"]).json();
    assert_eq!(status["watcher"]["roots"][1]["exists"], false);
    assert_eq!(
        status["problems"][0]["code"], "source_missing",
        "{status:#}"
    );
    assert_eq!(status["problems"][0]["place"], folder);
    let doctor = run(&["doctor"]).out;
    assert!(
        doctor.contains(&format!("{folder} does not exist, though it was named")),
        "{doctor}"
    );
}

#[test]
fn what_claude_code_set_aside_is_an_earlier_transcript_of_its_session() {
    let sandbox = Sandbox::new();
    let names = [
        "garden/ada.jsonl.superseded-2026-11-15T09-30-00-000Z",
        "garden/ada.orphaned-2026-11-15T09-31-00-000Z-a1b2.jsonl",
    ];
    sandbox.write("garden/ada.jsonl", talk("ada", 1..=1));
    sandbox.sync();
    sandbox.rename("garden/ada.jsonl", names[0]);
    sandbox.write("garden/ada.jsonl", talk("ada", 2..=2));
    let report = sandbox.sync();
    assert_eq!(
        (report.files, report.messages, report.left_aside),
        (2, 2, 0)
    );
    assert!(
        sandbox.set_aside().is_empty(),
        "the tail went with the file"
    );
    let renamed: i64 =
        sandbox.ask_one("SELECT count(*) FROM transcript WHERE missing_since_ms IS NULL");
    assert_eq!(renamed, 2);

    sandbox.rename("garden/ada.jsonl", names[1]);
    sandbox.write("garden/ada.jsonl", talk("ada", 3..=4));
    let report = sandbox.sync();
    assert_eq!((report.files, report.messages), (3, 4));
    assert_eq!(sandbox.message_ids(), ids("ada", 1..=4));
    assert_eq!(sandbox.ask::<String>("SELECT id FROM sessions"), ["ada"]);
    let home: String = sandbox.ask_one("SELECT source_path FROM sessions");
    assert_eq!(home, sandbox.path("garden/ada.jsonl").display().to_string());
    sandbox.assert_whole();

    // Found all at once it is the same.
    let fresh = Sandbox::new();
    fresh.write("garden/ada.jsonl", talk("ada", 3..=4));
    fresh.write(names[0], talk("ada", 1..=1));
    fresh.write(names[1], talk("ada", 2..=2));
    assert_eq!((fresh.sync().messages, fresh.sync().bytes_read), (4, 0));
    assert_eq!(fresh.ask::<String>("SELECT id FROM sessions"), ["ada"]);
    let home: String = fresh.ask_one("SELECT source_path FROM sessions");
    assert_eq!(home, fresh.path("garden/ada.jsonl").display().to_string());
}

#[test]
fn behind_links_events_come_too() {
    let sandbox = garden();
    let file = inside(&sandbox, "store/eve.jsonl", talk("eve", 1..=1));
    inside(&sandbox, "old/bob.jsonl", talk("bob", 1..=1));
    symlink(&file, sandbox.path("garden/eve.jsonl")).expect("linked");
    symlink(sandbox.claude().join("old"), sandbox.path("garden/old")).expect("linked");
    let _watch = sandbox.start_watch();
    let status = || sandbox.run(&["status", "--json"]).json();
    let messages = |count: u64| status()["store"]["messages"] == count;
    wait_until("it is up to date", || {
        status()["state"] == "live" && messages(3)
    });
    // Sweeps come every 14 s: what is here sooner was announced.
    let within = |what: &str, count: u64| {
        let asked = std::time::Instant::now();
        wait_until(what, || messages(count));
        let took = asked.elapsed();
        assert!(took < std::time::Duration::from_secs(8), "{what}: {took:?}");
    };
    put(&file, talk("eve", 1..=2));
    within("the file behind a link has grown", 4);
    sandbox.append("garden/old/bob.jsonl", line(&turn("bob", 2)));
    within("a file in a folder behind a link has grown", 5);
    // Links that are made while it watches.
    inside(&sandbox, "new/fay.jsonl", talk("fay", 1..=1));
    symlink(sandbox.claude().join("new"), sandbox.path("garden/new")).expect("linked");
    within("a link to a folder has come", 6);
    put(&sandbox.claude().join("new/fay.jsonl"), talk("fay", 1..=2));
    within("and what is behind it grows", 7);
    put(&sandbox.claude().join("new/gil.jsonl"), talk("gil", 1..=1));
    within("or comes", 8);
    let grey = inside(&sandbox, "store/hal.jsonl", talk("hal", 1..=1));
    symlink(grey, sandbox.path("garden/hal.jsonl")).expect("linked");
    within("a link to a file has come", 9);
    assert_eq!(status()["watcher"]["missed_events"], 0);
    symlink("/nowhere", sandbox.path("garden/gone.jsonl")).expect("linked");
    wait_until("what is left aside is counted", || {
        status()["watcher"]["roots"][0]["left_aside"] == 1
    });
    wait_until("and the database has heard of it", || {
        let found = sandbox.run(&["search", "zebra"]).err;
        found.contains("1 file was left aside")
    });
}

#[test]
fn hard_links_are_two_transcripts_of_the_same_messages() {
    let sandbox = garden();
    fs::hard_link(
        sandbox.path("garden/ada.jsonl"),
        sandbox.path("garden/copy.jsonl"),
    )
    .expect("linked");
    for expected in [1, 0] {
        let report = sandbox.sync();
        assert_eq!(
            (report.files, report.messages, report.messages_added),
            (2, 1, expected)
        );
    }
    sandbox.assert_whole();
}
