//! Real transcripts: no hash, UUID, id of a message or call, picture or lock file of them is masked.

use std::path::Path;

use super::super::scan::{Layout, Scan};

/// What is no secret by its form. A hash or UUID is one all the same where its name says so, but none is here.
fn is_id(value: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    let begins = ["toolu_", "msg_", "req_", "session_", "sha", "/9j/", "iVBOR"];
    value.bytes().all(is_hex) || begins.iter().any(|begin| value.starts_with(begin))
}

fn read(folder: &Path, each: &mut impl FnMut(&str)) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            read(&path, each);
        } else if path.extension().is_some_and(|it| it == "jsonl")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            text.lines().for_each(&mut *each);
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "says that it did not run")]
fn nothing_real_is_masked_for_its_looks() {
    let Some(corpus) = std::env::var_os("SCROLLBACK_CORPUS") else {
        eprintln!("SKIPPED: no SCROLLBACK_CORPUS");
        return;
    };
    let scan = Scan::get().expect("rules");
    let mut found = 0;
    read(&Path::new(&corpus).join("claude-code"), &mut |line| {
        for secret in scan.find(line, Layout::Lines) {
            found += 1;
            assert!(!is_id(&line[secret.clone()]), "{}", &line[secret]);
        }
    });
    // The real ones of the corpus, which are made up.
    assert!(found < 40, "{found}");
}
