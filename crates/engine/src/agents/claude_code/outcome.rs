//! What a tool told Claude Code (`toolUseResult`). The model saw `tool_result` instead, which repeats nearly all of
//! it; what stands in no block of the record is kept. Measured on the corpus: whole outputs where the model was
//! shown a part, errors in other words, what a person answered.

use std::borrow::Cow;

use serde::de::{MapAccess, SeqAccess};

use super::json::{Others, Take, Text, lenient, object};
use super::readable::Lines;
use super::silent;

object! {
    OutcomeObject<'de> {
        "agentId" => agent: Text<'de>,
    }
    and others
}

/// An object, a string, a list, or merely the fact that there was something.
#[derive(Debug, Default)]
pub struct Outcome<'a> {
    pub is_given: bool,
    /// The subagent the call started.
    pub agent: Text<'a>,
    text: Text<'a>,
    others: Others<'a>,
}

impl<'de> Take<'de> for Outcome<'de> {
    fn from_other() -> Self {
        Self {
            is_given: true,
            ..Self::default()
        }
    }

    fn from_text(text: Cow<'de, str>) -> Self {
        Self {
            text: Text(Some(text)),
            ..Self::from_other()
        }
    }

    fn from_list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        let others = Others::from_list(list)?;
        Ok(Self {
            others,
            ..Self::from_other()
        })
    }

    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        let OutcomeObject { agent, others } = OutcomeObject::from_object(object)?;
        Ok(Self {
            agent,
            others,
            ..Self::from_other()
        })
    }
}

lenient!(Outcome<'de>);

impl Outcome<'_> {
    /// What is in none of `known`, the texts of the record's blocks.
    pub fn beside(self, known: &[&str]) -> String {
        let mut lines = Lines::besides(silent::is_outcome, known);
        let text = self.text.as_str();
        lines.text("", text.strip_prefix("Error: ").unwrap_or(text));
        let Others(members) = self.others;
        // Of an edit the call has all: the old and the new text, the path.
        let is_edit = members.iter().any(|(name, _)| name == "structuredPatch");
        let told = members
            .iter()
            .filter(|(name, _)| !is_edit && !silent::is_outcome(name));
        for (name, value) in told {
            lines.json(name, value.get());
        }
        lines.into_text()
    }
}
