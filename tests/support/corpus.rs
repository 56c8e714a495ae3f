//! The shared corpus of real transcripts. It is not part of the project: where it is absent, the
//! tests that need it say so and pass.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of the corpus; `None`, said aloud, when there is none.
pub fn folder(test: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("SCROLLBACK_CORPUS").map_or(beside, PathBuf::from);
    match folder.canonicalize() {
        Ok(folder) if folder.join("claude-code/projects").is_dir() => Some(folder),
        _ => {
            skipped(test, &format!("no corpus in {}", folder.display()));
            None
        }
    }
}

/// Says that a test was skipped, past the harness, which hides what a passing test prints.
pub fn skipped(test: &str, why: &str) {
    // A line that cannot be written changes no outcome.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {why}");
}

/// What the independent counter says: a row for each file, and totals for all.
pub struct Expected {
    /// Path → column → value.
    pub files: HashMap<String, HashMap<String, String>>,
    /// Name of the total → its numbers.
    pub totals: HashMap<String, Value>,
}

impl Expected {
    pub fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).expect("the expected counts");
        let mut rows = text
            .lines()
            .map(|row| row.split('\t').collect::<Vec<&str>>());
        let columns = rows.next().expect("a head");
        let (mut files, mut totals) = (HashMap::new(), HashMap::new());
        for row in rows {
            if row[0] == "#TOTAL" {
                let numbers = serde_json::from_str(row[2]).expect("JSON");
                totals.insert(row[1].to_owned(), numbers);
            } else {
                let named = columns.iter().zip(&row);
                let values = named.map(|(name, value)| (name.to_string(), value.to_string()));
                files.insert(row[0].to_owned(), values.collect());
            }
        }
        Self { files, totals }
    }

    /// A number of a file.
    pub fn of(&self, file: &str, column: &str) -> i64 {
        let row = self.files.get(file).unwrap_or_else(|| panic!("{file}"));
        row[column].parse().expect("a number")
    }

    /// A number of a total.
    pub fn total(&self, name: &str, number: &str) -> i64 {
        self.totals[name][number]
            .as_i64()
            .unwrap_or_else(|| panic!("{name} has {number}"))
    }
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("listed") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            // Not fs::copy, which would copy the corpus's read-only mode too.
            let content = fs::read(entry.path()).expect("read");
            fs::write(target, content).expect("written");
        }
    }
}
