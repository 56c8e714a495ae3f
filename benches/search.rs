//! Times searches in one process: `cargo run --release -p scrollback-engine --example search -- DATA_DIR ROUNDS < QUERIES`.
//! One JSON object a line of standard input: the query, milliseconds, hits. `benches/search.py` asks it.

use std::io::BufRead as _;
use std::time::Instant;

use scrollback_engine::config::Config;
use scrollback_engine::engine::Engine;
use scrollback_engine::error::Result;
use scrollback_engine::model::Sort;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let data_dir = args.next().ok_or("which data folder?")?;
    let rounds: usize = args.next().ok_or("how many rounds?")?.parse()?;
    let engine = Engine::new(Config::new(data_dir, Vec::new()));
    // As the window does it: one after the other on what is open.
    let searcher = engine.searcher()?;
    for line in std::io::stdin().lock().lines() {
        let query = line?;
        for sort in [Sort::Best, Sort::Recent] {
            let (found, times, busy) = timed(rounds, || searcher.search(&query, 50, sort))?;
            let answer = serde_json::json!({
                "query": query, "sort": format!("{sort:?}"), "ms": times, "cpu_ms": busy,
                "hits": found.hits.len(), "matches": found.matches, "widened": found.widened,
            });
            println!("{answer}");
        }
        let (counted, times, busy) = timed(rounds, || searcher.facets(&query))?;
        let answer = serde_json::json!({
            "query": query, "sort": "Facets", "ms": times, "cpu_ms": busy, "matches": counted.counted,
        });
        println!("{answer}");
    }
    Ok(())
}

/// What the last of `rounds` gave, milliseconds of each, and milliseconds of CPU of one. One before brings the pages
/// into memory.
fn timed<T>(rounds: usize, ask: impl Fn() -> Result<T>) -> Result<(T, Vec<f64>, f64)> {
    let mut found = ask()?;
    let mut times = Vec::with_capacity(rounds);
    let busy = busy_ms();
    for _ in 0..rounds {
        let start = Instant::now();
        found = ask()?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    Ok((found, times, (busy_ms() - busy) / rounds as f64))
}

/// Milliseconds this thread ran: on a busy machine the time that counts. 0 where the system does not tell.
fn busy_ms() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = told.split(' ').next().and_then(|ns| ns.parse::<f64>().ok());
    ns.unwrap_or(0.0) / 1e6
}
