//! Where memory comes from.
//!
//! The system's own allocator on Linux gives each thread an arena and keeps what was freed below the last block in
//! use: after the first pass over 10,000 files a process that needs 15 MiB held 110 for as long as it ran. This
//! one gives it back, SQLite's too (`benches/results.md`); its settings are in `.cargo/config.toml`. Elsewhere the
//! system's does.

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
