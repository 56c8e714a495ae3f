//! A text for a bug report: how things are, without what is nobody else's business.

use scrollback_engine::model::Status;

/// The report. Folders of the user's home are shortened; transcripts are not named.
pub fn of(status: &Status) -> String {
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().display().to_string());
    let short = |text: &str| match &home {
        Some(home) if !home.is_empty() => text.replace(home.as_str(), "~"),
        _ => text.to_owned(),
    };
    let watcher = &status.watcher;
    let mut lines = vec![
        format!(
            "Scrollback {} on {} {}",
            status.version,
            std::env::consts::OS,
            std::env::consts::ARCH
        ),
        format!("State: {:?}. {}", status.state, short(&status.reason)),
        format!(
            "Since: {}, up {} s",
            status.since,
            status.uptime_s.unwrap_or_default()
        ),
        format!(
            "Watcher: {:?}, {} files, {} missed events, {} renewals",
            watcher.mode, watcher.files_watched, watcher.missed_events, watcher.rebuilds
        ),
        format!(
            "Backlog: {} files, {} bytes, {:.1} s",
            status.backlog.files, status.backlog.bytes, status.backlog.lag_s
        ),
        format!(
            "Database: {} bytes, {} sessions, {} messages, {} rejects",
            status.store.bytes, status.store.sessions, status.store.messages, status.store.rejects
        ),
    ];
    for problem in &status.problems {
        // A message may name a transcript; its code and remedy say enough.
        lines.push(format!(
            "Problem: {} ({})",
            problem.code,
            short(&problem.remedy)
        ));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrollback_engine::health::State;
    use scrollback_engine::model::Problem;

    #[test]
    fn a_report_names_no_transcript() {
        let mut status = crate::ipc::tests::status(State::Degraded);
        let path = "/home/ada/.claude/projects/secret-project/x.jsonl";
        let message = format!("{path} cannot be read");
        let problem = Problem::new("unreadable", message, "give yourself read permission");
        status.problems.push(problem.at(path));
        status
            .backlog
            .worst
            .push(("/home/ada/secret-project".into(), 1));
        let report = of(&status);
        assert!(
            report.contains("unreadable") && report.contains("State: Degraded"),
            "{report}"
        );
        assert!(!report.contains("secret"), "{report}");
    }
}
