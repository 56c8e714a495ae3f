//! Small C libraries that are put under the real program with LD_PRELOAD, compiled when a test needs
//! them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use super::corpus::skipped;

/// The library made of `support/<source>`, compiled once for this process; `None`, said aloud, where
/// there is no C compiler.
pub fn compile(test: &str, source: &str) -> Option<PathBuf> {
    static MADE: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().expect("a shim");
    if !made.contains_key(source) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/support")
            .join(source);
        let name = format!("{source}-{}.so", std::process::id());
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .args([&library, &path])
            .arg("-ldl")
            .status();
        match compiled {
            Ok(status) => assert!(status.success(), "the shim compiles"),
            Err(error) => {
                skipped(test, &format!("no C compiler: {error}"));
                return None;
            }
        }
        made.insert(source.to_owned(), library);
    }
    made.get(source).cloned()
}
