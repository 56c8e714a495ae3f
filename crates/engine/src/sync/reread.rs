//! After an upgrade: lines an older parser refused are read again, from the archive.

use crate::error::Result;
use crate::stop::Stop;
use crate::store::{Outgrown, Patience, Store};
use crate::sync::execute::{Home, write_plan};
use crate::sync::parse::{self, What};
use crate::sync::sweep::{Place, recognise};
use crate::sync::transform;
use crate::transcript::{Batch, Content, Cursor};

/// Reads every outgrown reject of the agents of `places` again. Returns how many messages that gave.
pub fn reread(store: &mut Store, places: &[Place], stop: &Stop) -> Result<u64> {
    let mut messages = 0;
    for agent in crate::agents::all() {
        let outgrown = store
            .outgrown(agent.id(), agent.parser_version())
            .map_err(|e| store.explain(&e))?;
        for reject in outgrown {
            messages += one(store, places, &reject, stop)?;
        }
    }
    Ok(messages)
}

fn one(store: &mut Store, places: &[Place], reject: &Outgrown, stop: &Stop) -> Result<u64> {
    let Some(found) = recognise(places, &reject.path) else {
        return Ok(0);
    };
    let Some(agent) = crate::agents::by_id(&found.source.agent) else {
        return Ok(0);
    };
    let bytes = store.reject_bytes(reject).map_err(|e| store.explain(&e))?;
    let batch = Batch {
        offset: reject.offset,
        bytes,
        content: Content::Lines,
        unterminated: Vec::new(),
        after: Cursor::default(),
        is_last: true,
    };
    let parsed = parse::parse(agent, &found.origin, &batch);
    let covered: u64 = parsed.pieces.iter().map(|piece| piece.span.len).sum();
    let is_read = parsed
        .pieces
        .iter()
        .any(|piece| matches!(piece.what, What::Entry(_)));
    let version = agent.parser_version();
    let plan = transform::transform(&found.origin, &batch, parsed, version);
    let home = Home {
        agent: agent.id(),
        transcript: reject.transcript,
        cursor: reject.cursor,
        born_ns: reject.born_ns,
    };
    let now_ms = jiff::Timestamp::now().as_millisecond();
    store.transact(&mut Patience::new(stop, None), |store| {
        // Only what accounts for every byte of the reject may take its place.
        if is_read && covered == reject.len {
            store.remove_reject(reject)?;
            write_plan(store, &plan, &home, now_ms)
        } else {
            store.still_rejected(reject, version)?;
            Ok(0)
        }
    })
}
