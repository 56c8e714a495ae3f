//! Everything the views say, to be compared.

use rusqlite::types::ValueRef;

use super::sandbox::Sandbox;

/// The views that are promised.
pub const VIEWS: [&str; 6] = [
    "sessions",
    "messages",
    "tool_uses",
    "tool_use_results",
    "attachments",
    "env_info",
];

/// Every row of every view, in order, with the home of the sandbox left out.
pub fn views(sandbox: &Sandbox) -> Vec<String> {
    let database = sandbox.database();
    let home = sandbox.home().to_str().expect("UTF-8").to_owned();
    let mut all = Vec::new();
    for view in VIEWS {
        let mut statement = database
            .prepare(&format!("SELECT * FROM {view}"))
            .expect("a view");
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let columns: Vec<String> = names
                .iter()
                .enumerate()
                .map(|(at, name)| match row.get_ref(at).expect("a value") {
                    ValueRef::Text(text) => {
                        let text = String::from_utf8_lossy(text).replace(&home, "~");
                        format!("{name}={text:?}")
                    }
                    other => format!("{name}={other:?}"),
                })
                .collect();
            all.push(format!("{view}: {}", columns.join(" ")));
        }
    }
    all.sort();
    all
}

/// Fails with the first rows that differ.
pub fn assert_same(left: &[String], right: &[String], what: &str) {
    let only = |of: &[String], not: &[String]| {
        let rows = of.iter().filter(|row| !not.contains(row));
        rows.take(4).cloned().collect::<Vec<_>>().join("\n  ")
    };
    if left != right {
        panic!(
            "{what}\n only on the left:\n  {}\n only on the right:\n  {}",
            only(left, right),
            only(right, left)
        );
    }
}
