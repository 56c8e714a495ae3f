//! How the words index is divided.

use std::path::PathBuf;

use crate::paths::DataDir;

/// A part of the words index. A message lies whole in one shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shard {
    /// Messages in which someone says or thinks something.
    Prose,
    /// Half of the messages that only carry tool input or output.
    ToolsA,
    /// The other half: two files are written by two cores.
    ToolsB,
}

/// What is in the files, and how: those of another version are made anew.
pub const VERSION: i64 = 4;

/// All shards, the one people ask for first in front.
pub const SHARDS: [Shard; 3] = [Shard::Prose, Shard::ToolsA, Shard::ToolsB];

impl Shard {
    /// The number stored with a message; 0 is for messages without words.
    pub fn number(self) -> i64 {
        match self {
            Self::Prose => 1,
            Self::ToolsA => 2,
            Self::ToolsB => 3,
        }
    }

    /// The name it is attached under.
    pub fn schema(self) -> &'static str {
        match self {
            Self::Prose => "words_prose",
            Self::ToolsA => "words_tools_a",
            Self::ToolsB => "words_tools_b",
        }
    }

    /// The columns in the order of the file, with the weight of a match in each.
    ///
    /// A word of the first column costs two bytes less than one of any other, so each shard begins
    /// with what most of it is.
    pub fn columns(self) -> [(&'static str, f64); 4] {
        let mut columns = [
            ("prose", 10.0),
            ("thinking", 4.0),
            ("tool_input", 2.0),
            ("tool_output", 1.0),
        ];
        if self != Self::Prose {
            columns.reverse();
        }
        columns
    }

    /// The file of an earlier version, asked until the one of today holds as much.
    pub fn retired(self, dir: &DataDir) -> PathBuf {
        dir.index_dir()
            .join(format!("{}.retired.db", self.schema()))
    }

    /// Its file.
    pub fn file(self, dir: &DataDir) -> PathBuf {
        dir.index_dir().join(format!("{}.db", self.schema()))
    }
}
