//! Sources as people write them, `AGENT=PATH`, and as discovery finds them.

use std::path::Path;
use std::sync::Arc;

use super::{Env, Given};
use crate::agents;
use crate::error::{Error, Kind, Result};
use crate::transcript::Source;

/// What stands between two sources in one environment variable, as in the platform's `PATH`.
const SEPARATOR: &str = if cfg!(windows) { ";" } else { ":" };

/// The sources in an environment variable.
pub(super) fn split(list: &str) -> Vec<String> {
    list.split(SEPARATOR)
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .map(String::from)
        .collect()
}

/// The opposite of [`split`].
pub(super) fn join(sources: &[Arc<Source>]) -> String {
    let written: Vec<_> = sources
        .iter()
        .map(|one| format!("{}={}", one.agent, one.root.display()))
        .collect();
    written.join(SEPARATOR)
}

/// The sources named by the user, each once, in order.
pub(super) fn parse(given: &Given<Vec<String>>, home: Option<&Path>) -> Result<Vec<Arc<Source>>> {
    let mut sources = Vec::new();
    for written in &given.value {
        let source = Arc::new(parse_one(written, given, home)?);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    Ok(sources)
}

fn parse_one(written: &str, given: &Given<Vec<String>>, home: Option<&Path>) -> Result<Source> {
    let refused = |what: &str| {
        Error::new(
            Kind::Usage,
            format!("{} says \"{written}\", {what}", given.place),
        )
    };
    let known = || {
        agents::all()
            .iter()
            .map(|agent| agent.id())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (agent, root) = match written.split_once('=') {
        Some((agent, root)) if !root.trim().is_empty() => (agent.trim(), root.trim()),
        _ => {
            return Err(refused("which is not AGENT=PATH").with_remedy(format!(
                "write for example claude-code=~/.claude; known agents: {}",
                known()
            )));
        }
    };
    let Some(agent) = agents::by_id(agent) else {
        return Err(
            refused("whose agent is unknown").with_remedy(format!("known agents: {}", known()))
        );
    };
    let root = super::path(Path::new(root), given, home)?;
    Ok(Source {
        agent: agent.id().to_string(),
        root,
    })
}

/// The source that a folder is: an agent's own folder, or the one in it that holds transcripts.
pub(super) fn recognise(folder: &Path) -> Result<String> {
    let parent = folder.parent();
    for agent in agents::all() {
        let roots = [Some(folder), parent].into_iter().flatten();
        let is_root = |root: &&Path| {
            let transcripts = agent.transcripts(root);
            transcripts.is_dir() && (*root == folder || transcripts == folder)
        };
        if let Some(root) = roots.into_iter().find(is_root) {
            return Ok(format!("{}={}", agent.id(), root.display()));
        }
    }
    let message = format!("no agent writes transcripts in {}", folder.display());
    Err(Error::new(Kind::NotFound, message)
        .with_remedy("pick the folder of an agent, for Claude Code the one that holds projects"))
}

/// Where the agents we understand write on this machine, whether the folders exist or not.
pub(super) fn discover(env: &Env<'_>, home: Option<&Path>) -> Vec<Arc<Source>> {
    let mut sources = Vec::new();
    for agent in agents::all() {
        for root in agent.roots(env, home) {
            let source = Arc::new(Source {
                agent: agent.id().to_string(),
                root,
            });
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
    }
    sources
}
