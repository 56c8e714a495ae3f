//! SQLite: the only home of SQL. One writer ([`Store`]), any number of readers ([`Reader`]).
//!
//! | file | what |
//! |---|---|
//! | `handle.rs`, `open.rs` | the writer and the readers: connections, settings, transactions |
//! | `steps.rs`, `migrations.rs`, `schema.sql` | the tables, and how an older database becomes a newer |
//! | `identity.rs`, `files.rs` | what makes a file ours; what lies beside it |
//! | `explain.rs` | what an SQLite error means |
//! | `lock.rs` | one engine per data folder |
//! | `integrity.rs`, `inspect.rs`, `shown.rs` | whether the database is sound, what was written, and what is shown |
//! | `proof.rs` | what was made is opened anew and compared, before it counts |
//! | `aside.rs`, `salvage.rs`, `recoveries.rs` | a damaged database: out of the way, what it still gives, the account of it |
//! | `backup.rs` | copies for the day it is damaged |
//! | `round.rs`, `mend.rs` | what is kept is read again little by little; damage in it, and what mends it |
//! | `holder.rs` | which program holds it |
//! | `retry.rs` | waiting for a database someone else holds |
//! | `transcripts.rs`, `rejects.rs` | files: cursors, record spans, lines not read |
//! | `archive.rs`, `template.rs`, `contents.rs`, `pending.rs` | the raw bytes, and what they refer to |
//! | `sessions.rs`, `parts.rs`, `messages.rs`, `tools.rs`, `attachments.rs`, `responses.rs`, `queue.rs` | what the files say |
//! | `places.rs`, `bodies.rs`, `pairing.rs`, `ripple.rs` | identity: where a message stands, several bodies of one id, calls and answers |
//! | `derived.rs`, `stale.rs` | rows that are made anew; what the words index lets go of |
//! | `events.rs`, `left_aside.rs` | the watcher's log; how much was not read |
//! | `shard.rs`, `words.rs`, `indexed.rs`, `marks.rs`, `vocabulary.rs`, `facts.rs`, `zones.rs` | the words index and what stands beside it |
//! | `search.rs`, `search/` | asking it |
//! | `totals.rs`, `browse.rs`, `conversations.rs`, `skeleton.rs`, `find.rs`, `sql.rs` | reading for faces |

mod activity;
mod archive;
mod aside;
mod attachments;
pub mod backup;
mod bodies;
mod browse;
mod contents;
mod conversations;
mod derived;
mod events;
mod explain;
mod facts;
mod files;
mod find;
mod handle;
mod holder;
mod identity;
mod indexed;
mod inspect;
mod integrity;
mod json_text;
mod left_aside;
mod lock;
mod marks;
mod mend;
mod messages;
mod migrations;
mod named;
mod open;
mod pairing;
mod parts;
mod path_bytes;
mod pending;
mod places;
mod proof;
mod queue;
mod recoveries;
mod rejects;
mod responses;
mod retry;
mod ripple;
mod round;
mod salvage;
mod search;
mod sessions;
mod shard;
mod shown;
mod skeleton;
mod sql;
mod stale;
mod steps;
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
pub use derived::{Archived, Before, ChunkPlace, Generation};
pub use events::NewEvent;
pub use explain::RECOVER;
pub use handle::{Interrupter, Reader, Store};
pub use holder::{Process, holder_of, reader_of};

pub use integrity::{is_whole, quick_check_file};
pub use lock::{EngineLock, Holder};
pub use mend::{AlteredContent, Lender, Piece, Shelf};
pub use messages::{NewMessage, Place, Stored, known_as};
pub use open::{check_place, file_sizes, long_log, stamps};
pub use parts::{SessionPart, earliest, first_said};
pub use rejects::NewReject;
pub use responses::Tokens;
pub use retry::Patience;
pub use ripple::Ripple;
pub use round::Round;
pub use salvage::{Remains, Salvage};
pub use sessions::{SessionChange, SessionName};
pub use shard::{SHARDS, Shard};
pub use shown::{Print, Printer, Shown};
pub use sql::QUERY_LIMIT;
pub use steps::LATEST as LATEST_SCHEMA;
pub use template::{Cut, Form, content_hash};
pub use time::{file_time, iso, millis};
pub use tools::{Answer, Call, Named};
pub use totals::Totals;
pub use transcripts::{CursorId, Known, RecordKind, TranscriptId};
pub use words::Indexer;
