//! Times searches in one process: `cargo run --release -p scrollback-engine --example search -- DATA_DIR ROUNDS < QUERIES`.
//! One JSON object a line of standard input: the query, milliseconds, hits. `benches/search.py` asks it.

use std::io::BufRead as _;
use std::time::Instant;

use scrollback_engine::config::Config;
use scrollback_engine::engine::Engine;
use scrollback_engine::model::Sort;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let data_dir = args.next().ok_or("which data folder?")?;
    let rounds: usize = args.next().ok_or("how many rounds?")?.parse()?;
    let engine = Engine::new(Config::new(data_dir, Vec::new()));
    // As the window does it: one after the other on what is open.
    let searcher = engine.searcher()?;
    for line in std::io::stdin().lock().lines() {
        let query = line?;
        for sort in [Sort::Best, Sort::Recent] {
            // The first brings the pages into memory.
            let mut found = searcher.search(&query, 50, sort)?;
            let mut times = Vec::with_capacity(rounds);
            let busy = busy_ms();
            for _ in 0..rounds {
                let start = Instant::now();
                found = searcher.search(&query, 50, sort)?;
                times.push(start.elapsed().as_secs_f64() * 1000.0);
            }
            let busy = (busy_ms() - busy) / rounds as f64;
            let answer = serde_json::json!({
                "cpu_ms": busy,
                "query": query, "sort": format!("{sort:?}"), "ms": times, "hits": found.hits.len(),
                "matches": found.matches, "widened": found.widened,
            });
            println!("{answer}");
        }
    }
    Ok(())
}

/// Milliseconds this thread ran: on a busy machine the time that counts. 0 where the system does not tell.
fn busy_ms() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = told.split(' ').next().and_then(|ns| ns.parse::<f64>().ok());
    ns.unwrap_or(0.0) / 1e6
}
