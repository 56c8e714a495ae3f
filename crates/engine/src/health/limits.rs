//! The limits of inotify: which of them is reached, and the line that raises it.
//!
//! Linux counts a user's watches and watchers in every user namespace from ours up to the system's own. The limit of
//! ours is `user.max_inotify_*`, that of the system `fs.inotify.max_user_*`; outside of containers both
//! names are one number. The lowest ends it.

/// What the system allows; none where it does not say so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// `fs.inotify.max_user_watches`.
    pub system_watches: Option<u64>,
    /// `user.max_inotify_watches`.
    pub own_watches: Option<u64>,
    /// `fs.inotify.max_user_instances`.
    pub system_instances: Option<u64>,
    /// `user.max_inotify_instances`.
    pub own_instances: Option<u64>,
}

/// A limit, and the setting that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// As `sysctl` calls it.
    pub setting: &'static str,
    /// What it allows, where known.
    pub value: Option<u64>,
    /// What is enough.
    enough: u64,
}

/// Watches and watchers that are enough for nearly everyone.
const WATCHES: u64 = 524_288;
const INSTANCES: u64 = 1024;

impl Limits {
    /// Reads them with `read`, which gives the text of a file.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Self {
        let number = |file: &str| read(file)?.trim().parse().ok();
        Self {
            system_watches: number("/proc/sys/fs/inotify/max_user_watches"),
            own_watches: number("/proc/sys/user/max_inotify_watches"),
            system_instances: number("/proc/sys/fs/inotify/max_user_instances"),
            own_instances: number("/proc/sys/user/max_inotify_instances"),
        }
    }

    /// The limit of watches that is reached first.
    pub fn watches(&self) -> Limit {
        let system = ("fs.inotify.max_user_watches", self.system_watches);
        lower(
            system,
            ("user.max_inotify_watches", self.own_watches),
            WATCHES,
        )
    }

    /// The limit of watchers that is reached first.
    pub fn instances(&self) -> Limit {
        let system = ("fs.inotify.max_user_instances", self.system_instances);
        lower(
            system,
            ("user.max_inotify_instances", self.own_instances),
            INSTANCES,
        )
    }
}

fn lower(
    (system, system_value): (&'static str, Option<u64>),
    (own, own_value): (&'static str, Option<u64>),
    enough: u64,
) -> Limit {
    let is_own = match (own_value, system_value) {
        (Some(own), Some(system)) => own < system,
        (Some(_), None) => true,
        (None, _) => false,
    };
    Limit {
        setting: if is_own { own } else { system },
        value: if is_own { own_value } else { system_value },
        enough,
    }
}

impl Limit {
    /// The same with at least so much.
    #[must_use]
    pub fn for_at_least(self, needed: u64) -> Self {
        Self {
            enough: self.enough.max(needed),
            ..self
        }
    }

    /// What to do when it is reached.
    pub fn remedy(&self) -> String {
        // Others use up a limit that is already as high.
        let enough = match self.value {
            Some(value) if value >= self.enough => value.saturating_mul(2),
            _ => self.enough,
        };
        let now = self
            .value
            .map(|value| format!(", now {value}"))
            .unwrap_or_default();
        let where_ = match self.setting.starts_with("user.") {
            true => "in the container or namespace that Scrollback runs in",
            false => "to keep it, put that line into /etc/sysctl.d/",
        };
        format!(
            "raise it: sudo sysctl {}={enough} ({where_}{now})",
            self.setting
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(system: Option<u64>, own: Option<u64>) -> Limits {
        Limits {
            system_watches: system,
            own_watches: own,
            system_instances: system,
            own_instances: own,
        }
    }

    #[test]
    fn the_lower_limit_is_the_one_that_is_reached() {
        for (system, own, is_own) in [
            (Some(8192), Some(8192), false),
            (Some(8192), Some(5), true),
            (Some(8192), Some(2_147_483_647), false),
            (Some(8192), None, false),
            (None, Some(5), true),
            (None, None, false),
        ] {
            let limits = limits(system, own);
            let (watches, instances) = (limits.watches(), limits.instances());
            let expected = match is_own {
                true => ("user.max_inotify_watches", "user.max_inotify_instances"),
                false => (
                    "fs.inotify.max_user_watches",
                    "fs.inotify.max_user_instances",
                ),
            };
            assert_eq!((watches.setting, instances.setting), expected, "{limits:?}");
            assert_eq!(watches.value, if is_own { own } else { system });
        }
    }

    #[test]
    fn the_remedy_is_a_line_that_raises_it() {
        let remedy = limits(Some(8192), Some(8192)).watches().remedy();
        assert!(
            remedy.contains("sudo sysctl fs.inotify.max_user_watches=524288 "),
            "{remedy}"
        );
        assert!(remedy.contains("/etc/sysctl.d/"), "{remedy}");
        let remedy = limits(Some(8192), Some(5)).instances().remedy();
        assert!(
            remedy.contains("sudo sysctl user.max_inotify_instances=1024 "),
            "{remedy}"
        );
        assert!(remedy.contains("now 5"), "{remedy}");
        let remedy = limits(Some(600_000), None).watches().remedy();
        assert!(
            remedy.contains("max_user_watches=1200000 "),
            "more than now: {remedy}"
        );
        let remedy = limits(Some(8192), None)
            .watches()
            .for_at_least(700_000)
            .remedy();
        assert!(remedy.contains("max_user_watches=700000 "), "{remedy}");
    }

    #[test]
    fn they_are_read_where_linux_keeps_them() {
        let read = |file: &str| match file {
            "/proc/sys/fs/inotify/max_user_watches" => Some("8192\n".to_owned()),
            "/proc/sys/user/max_inotify_instances" => Some("7\n".to_owned()),
            _ => None,
        };
        let limits = Limits::read(read);
        assert_eq!(
            (limits.system_watches, limits.own_instances),
            (Some(8192), Some(7))
        );
        assert_eq!((limits.own_watches, limits.system_instances), (None, None));
    }
}
