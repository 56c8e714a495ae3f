//! Reading a conversation: its skeleton first, then the messages that come into view.

use super::{Engine, find_session};
use crate::agents;
use crate::error::{Error, Kind, Result};
use crate::model::{Content, Places, RawLine, SessionRow, Skeleton, Turn};
use crate::query::Query;
use crate::text::without_looks;

impl Engine {
    /// A session without the texts of its messages. `session` is an id or the unambiguous beginning
    /// of one, here and below.
    pub fn skeleton(&self, session: &str) -> Result<Skeleton> {
        let reader = self.reader()?;
        let (number, session) = find_session(&reader, session)?;
        let read = || {
            Ok(Skeleton {
                lineage: reader.lineage(number, &session.id)?,
                tokens: reader.tokens(number)?,
                messages: reader.heads(number)?,
                session,
            })
        };
        read().map_err(|e| reader.explain(&e))
    }

    /// The messages with these ids, in this order, each with those that answer its calls.
    pub fn turns(&self, session: &str, ids: &[String]) -> Result<Vec<Turn>> {
        let reader = self.reader()?;
        let (number, _) = find_session(&reader, session)?;
        reader.turns(number, ids).map_err(|e| reader.explain(&e))
    }

    /// Where the words of `text` stand in a session: messages that hold all of them.
    pub fn find_in(&self, session: &str, text: &str) -> Result<Places> {
        let words = words_of(text);
        if words.is_empty() {
            return Ok(Places::default());
        }
        let reader = self.reader()?;
        let (number, _) = find_session(&reader, session)?;
        let messages = reader
            .find_in(number, &words)
            .map_err(|e| reader.explain(&e))?;
        Ok(Places { words, messages })
    }

    /// The content of attachment number `at`, from 0, of a message.
    pub fn attachment(&self, message: &str, at: u32) -> Result<Content> {
        let reader = self.reader()?;
        let found = reader
            .attachment(message, at)
            .map_err(|e| reader.explain(&e))?;
        let absent = "the transcript only refers to it; its content was not in it";
        found.ok_or_else(|| Error::new(Kind::NotFound, absent))
    }

    /// The line of the transcript a message was read from.
    pub fn raw_line(&self, message: &str) -> Result<RawLine> {
        let reader = self.reader()?;
        let found = reader.raw_line(message).map_err(|e| reader.explain(&e))?;
        let unknown = || format!("no message is called {message}");
        found.ok_or_else(|| Error::new(Kind::NotFound, unknown()))
    }

    /// The session with this id.
    pub fn session(&self, session: &str) -> Result<SessionRow> {
        find_session(&self.reader()?, session).map(|(_, session)| session)
    }

    /// What a person types into a shell to go on with a session: `cd FOLDER && PROGRAM …`.
    pub fn resume_command(&self, session: &str) -> Result<String> {
        let session = self.session(session)?;
        let unknown = || format!("how to go on with {} is not known", session.agent);
        let agent =
            agents::by_id(&session.agent).ok_or_else(|| Error::new(Kind::NotFound, unknown()))?;
        let words: Vec<String> = agent.resume(&session.id).into_iter().map(quoted).collect();
        let command = words.join(" ");
        Ok(match &session.project_path {
            Some(folder) => format!("cd {} && {command}", quoted(folder)),
            None => command,
        })
    }
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// What a search looks for, in small letters: what narrows it down says nothing about where a word stands. Signs
/// alone, which a search cannot look for, stand for themselves.
fn words_of(text: &str) -> Vec<String> {
    let query = Query::parse(text);
    let mut words: Vec<String> = query
        .wanted()
        .map(|term| without_looks(term.text.to_lowercase()))
        .collect();
    if query.is_empty() {
        words.push(text.trim_matches(['"', ' ']).to_lowercase());
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_comes_back_from_the_shell_as_it_was() {
        for (word, expected) in [
            ("/home/ada/garden", "/home/ada/garden"),
            ("/home/ada/my garden", "'/home/ada/my garden'"),
            ("it's", r"'it'\''s'"),
            ("$(rm -rf ~)", "'$(rm -rf ~)'"),
            ("", "''"),
            ("a\nb", "'a\nb'"),
        ] {
            assert_eq!(quoted(word), expected);
            let echoed = std::process::Command::new("sh")
                .args(["-c", &format!("printf %s {}", quoted(word))])
                .output()
                .expect("a shell");
            assert_eq!(String::from_utf8_lossy(&echoed.stdout), word);
        }
    }

    #[test]
    fn what_is_looked_for_is_words_and_phrases() {
        let text = r#"Tail "keeps its Place" role:user -not OR --flag foo* std::io"#;
        let expected = ["tail", "keeps its place", "--flag", "foo", "std::io"];
        assert_eq!(words_of(text), expected);
        assert_eq!(words_of("=>"), ["=>"]);
        assert!(words_of("  \" \" role:user ").is_empty());
        assert!(words_of(" \" \" ").is_empty());
    }
}
