//! How long a conversation takes to open: `cargo bench -p scrollback-render`. Sessions of 5,000 and of
//! 80,000 records (300 MB), made here, with tools, code and long outputs as agents write them.

use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scrollback_engine::config::Config;
use scrollback_engine::engine::Engine;
use scrollback_engine::stop::Stop;
use scrollback_engine::transcript::Source;
use scrollback_render::{Card, Extent, Scene, card, rows};
use serde_json::{Value, json};

/// Makes this program read, and not write, a session.
const READ: &str = "read";
/// What fits a window and a little more.
const SCREEN: usize = 40;

fn main() {
    // Read in a process of its own: what reading takes is not what taking in left behind.
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some(READ) {
        let data = args.next().expect("the data folder");
        return measure(&Engine::new(Config::new(data, Vec::new())));
    }
    for (name, records, output) in [
        ("5,000 records", 5_000, 40),
        ("80,000 records", 80_000, 200),
    ] {
        let home = tempfile::tempdir().expect("a temporary folder");
        let bytes = write(home.path(), records, output);
        let source = Source {
            agent: "claude-code".into(),
            root: home.path().join("claude"),
        };
        let engine = Engine::new(Config::new(
            home.path().join("data"),
            vec![Arc::new(source)],
        ));
        engine
            .sync(&Stop::default(), &mut |_| {})
            .expect("taken in");
        println!("{name}, {} MB", bytes / 1_000_000);
        let read = Command::new(std::env::current_exe().expect("this program"))
            .arg(READ)
            .arg(home.path().join("data"))
            .status();
        assert!(read.expect("started").success());
    }
}

fn measure(engine: &Engine) {
    let (skeleton, took) = timed(|| engine.skeleton("long").expect("a skeleton"));
    let (laid, took_rows) = timed(|| rows(&skeleton.messages));
    println!(
        "  skeleton {} + rows {} ({} rows)",
        ms(took),
        ms(took_rows),
        laid.len()
    );
    let json = serde_json::to_vec(&laid).expect("JSON").len();
    println!("  rows as JSON {} kB", json / 1000);
    for (name, from) in [
        ("first screen, cold", 0),
        ("first screen", 0),
        ("middle", laid.len() / 2),
        ("end", laid.len() - SCREEN),
    ] {
        let ids: Vec<String> = laid[from..from + SCREEN]
            .iter()
            .map(|row| row.id.clone())
            .collect();
        let (turns, read) = timed(|| engine.turns("long", &ids).expect("turns"));
        let scene = Scene {
            project: None,
            extent: Extent::Short,
        };
        let (cards, drawn) = timed(|| {
            turns
                .iter()
                .map(|turn| card(turn, scene))
                .collect::<Vec<Card>>()
        });
        let size = serde_json::to_vec(&cards).expect("JSON").len();
        println!(
            "  {name}: read {} + drawn {} ({} kB)",
            ms(read),
            ms(drawn),
            size / 1000
        );
    }
    println!("  memory: {}", memory("VmRSS"));
    // All of it, a screen at a time.
    for (number, screen) in laid.chunks(SCREEN).enumerate() {
        let ids: Vec<String> = screen.iter().map(|row| row.id.clone()).collect();
        let turns = engine.turns("long", &ids).expect("turns");
        let scene = Scene {
            project: None,
            extent: Extent::Short,
        };
        for turn in &turns {
            std::hint::black_box(card(turn, scene));
        }
        if (number + 1) % (laid.len() / SCREEN / 3) == 0 {
            println!("  after {} screens: {}", number + 1, memory("VmRSS"));
        }
    }
    let (found, took) = timed(|| engine.find_in("long", "needle 77").expect("places"));
    println!("  find {} ({} messages)", ms(took), found.messages.len());
    println!("  at most: {}", memory("VmHWM"));
}

/// This process's memory of its own or all in all, as the system tells it, mapped files included.
fn memory(name: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = |name: &str| {
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_default().trim().to_owned()
    };
    format!("{} (mapped files {})", line(name), line("RssFile"))
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (work(), start.elapsed())
}

fn ms(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}

/// Writes a session in turns of a prompt, an answer, a call and what it gave.
fn write(home: &std::path::Path, records: usize, output: usize) -> u64 {
    let folder = home.join("claude/projects/p");
    std::fs::create_dir_all(&folder).expect("made");
    let file = std::fs::File::create(folder.join("long.jsonl")).expect("created");
    let mut out = std::io::BufWriter::new(file);
    let code = "fn leaf(n: u64) -> Result<u64, Error> {\n    let total = n + 1; // a leaf\n    Ok(total)\n}\n";
    let mut total = 0;
    for number in 0..records {
        let call = format!("t{number}");
        let (kind, content) = match number % 4 {
            0 => (
                "user",
                json!(format!(
                    "Look at leaf {number}, please.\n\nIt is needle {number}."
                )),
            ),
            1 => (
                "assistant",
                json!([{"type": "text", "text": format!("I look at **leaf {number}**:\n\n- one\n- two\n\n```rust\n{code}```\n")}]),
            ),
            2 if number % 8 == 2 => (
                "assistant",
                json!([{"type": "tool_use", "id": call, "name": "Edit",
                "input": {"file_path": "/src/leaf.rs", "old_string": code.repeat(3), "new_string": code.replace("+ 1", "+ 2").repeat(3)}}]),
            ),
            2 => (
                "assistant",
                json!([{"type": "tool_use", "id": call, "name": "Bash", "input": {"command": format!("grep -rn leaf src | head -{number}")}}]),
            ),
            _ => {
                let line = format!(
                    "src/leaf.rs:{number}: \u{1b}[32mleaf\u{1b}[0m and more of it, to make a line as long as lines are\n"
                );
                (
                    "user",
                    json!([{"type": "tool_result", "tool_use_id": format!("t{}", number - 1), "content": line.repeat(output)}]),
                )
            }
        };
        let record = json!({
            "type": kind, "uuid": format!("m{number}"), "parentUuid": if number == 0 { Value::Null } else { format!("m{}", number - 1).into() },
            "sessionId": "long", "cwd": "/src", "timestamp": format!("2026-01-01T{:02}:{:02}:{:02}.000Z", number / 3600, number / 60 % 60, number % 60),
            "message": {"role": kind, "content": content}
        });
        let line = format!("{record}\n");
        total += line.len() as u64;
        out.write_all(line.as_bytes()).expect("written");
    }
    out.flush().expect("written");
    total
}
