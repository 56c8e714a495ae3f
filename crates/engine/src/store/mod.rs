//! SQLite: the only home of SQL. One writer ([`Store`]), any number of readers ([`Reader`]).
//!
//! | file | what |
//! |---|---|
//! | `handle.rs`, `open.rs` | the writer and the readers: connections, settings, transactions |
//! | `migrations.rs`, `schema.sql` | the tables, and how an older database becomes a newer |
//! | `identity.rs`, `files.rs` | what makes a file ours; what lies beside it |
//! | `explain.rs` | what an SQLite error means |
//! | `lock.rs` | one engine per data folder |
//! | `integrity.rs`, `inspect.rs` | whether the database is sound, and what was written |
//! | `aside.rs`, `salvage.rs`, `recoveries.rs` | a damaged database: out of the way, what it still gives, the account of it |
//! | `backup.rs` | copies for the day it is damaged |
//! | `holder.rs` | which program holds it |
//! | `retry.rs` | waiting for a database someone else holds |
//! | `transcripts.rs`, `rejects.rs` | files: cursors, record spans, lines not read |
//! | `archive.rs`, `template.rs`, `contents.rs`, `pending.rs` | the raw bytes, and what they refer to |
//! | `sessions.rs`, `messages.rs`, `tools.rs`, `attachments.rs` | what the files say |
//! | `events.rs`, `left_aside.rs` | the watcher's log; how much was not read |
//! | `shard.rs`, `words.rs`, `marks.rs`, `vocabulary.rs`, `facts.rs`, `zones.rs` | the words index and what stands beside it |
//! | `search.rs`, `search/` | asking it |
//! | `totals.rs`, `browse.rs`, `conversations.rs`, `skeleton.rs`, `find.rs`, `sql.rs` | reading for faces |

mod archive;
mod aside;
mod attachments;
pub mod backup;
mod browse;
mod contents;
mod conversations;
mod events;
mod explain;
mod facts;
mod files;
mod find;
mod handle;
mod holder;
mod identity;
mod inspect;
mod integrity;
mod json_text;
mod left_aside;
mod lock;
mod marks;
mod messages;
mod migrations;
mod open;
mod path_bytes;
mod pending;
mod recoveries;
mod rejects;
mod retry;
mod salvage;
mod search;
mod sessions;
mod shard;
mod skeleton;
mod sql;
mod template;
mod time;
mod tools;
mod totals;
mod transcripts;
mod vocabulary;
mod words;
mod zones;

pub use archive::{Packed, pack};
pub use aside::Aside;
pub use attachments::Blob;
pub use events::NewEvent;
pub use explain::RECOVER;
pub use handle::{Interrupter, Reader, Store};
pub use holder::{Process, holder_of};
pub use identity::LATEST as LATEST_SCHEMA;
pub use integrity::quick_check_file;
pub use lock::{EngineLock, Holder};
pub use messages::{Inserted, NewMessage, Place};
pub use open::file_sizes;
pub use rejects::{NewReject, Outgrown};
pub use retry::Patience;
pub use salvage::{Remains, Salvage};
pub use sessions::SessionChange;
pub use shard::{SHARDS, Shard};
pub use sql::QUERY_LIMIT;
pub use template::{Cut, Form, content_hash};
pub use time::{file_time, iso, millis};
pub use tools::{Answer, Call};
pub use totals::Totals;
pub use transcripts::{CursorId, Known, RecordKind, TranscriptId};
pub use words::Indexer;
