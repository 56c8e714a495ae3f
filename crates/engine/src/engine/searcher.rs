//! Questions that can be taken back: while someone types, each makes the one before it void.

use crate::error::Result;
use crate::model::{Facets, SearchResult, Sort};
use crate::query::Query;
use crate::store::Reader;

pub use crate::store::Interrupter;

/// Answers searches.
#[derive(Debug)]
pub struct Searcher {
    pub(super) reader: Reader,
    pub(super) pinned: Vec<String>,
}

impl Searcher {
    /// What takes back the question that is being answered, from another thread.
    pub fn interrupter(&self) -> Interrupter {
        self.reader.interrupter()
    }

    /// Messages that match what was typed.
    pub fn search(&self, typed: &str, limit: usize, sort: Sort) -> Result<SearchResult> {
        let query = self.query(typed);
        let found = self.reader.search(&query, limit, sort);
        let mut found = found.map_err(|e| self.reader.explain(&e))?;
        found.chips = query.chips(typed);
        Ok(found)
    }

    /// How many matches there are of each project, agent, model, role and tool.
    pub fn facets(&self, typed: &str) -> Result<Facets> {
        let facets = self.reader.facets(&self.query(typed));
        facets.map_err(|e| self.reader.explain(&e))
    }

    fn query(&self, typed: &str) -> Query {
        Query {
            pinned: self.pinned.clone(),
            ..Query::parse(typed)
        }
    }
}
