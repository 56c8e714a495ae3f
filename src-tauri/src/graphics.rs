//! Web views that stay blank: known to happen with NVIDIA's driver on Linux, and now and then
//! elsewhere. What helps are environment variables that must be there before the process starts.
//!
//! Facts: WebKit bug 261874, Tauri issues 9394, 10702 and 13885.

use scrollback_engine::config::Config;

/// The variables that are set, so that programs we start can be spared them.
pub const OURS: [&str; 3] = [
    "WEBKIT_DISABLE_DMABUF_RENDERER",
    "WEBKIT_DISABLE_COMPOSITING_MODE",
    "__NV_DISABLE_EXPLICIT_SYNC",
];

/// Begins this process anew with the variables this machine needs, if they are not there.
#[cfg(target_os = "linux")]
pub fn prepare(config: &Config) {
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;

    let machine = Machine {
        has_nvidia: Path::new("/proc/driver/nvidia/version").exists(),
        is_wayland: is_set("WAYLAND_DISPLAY"),
        wants_safe: crate::settings::Desktop::of(config).0.safe_graphics,
    };
    let missing: Vec<&str> = needed(machine)
        .iter()
        .copied()
        .filter(|name| std::env::var_os(name).is_none())
        .collect();
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    if missing.is_empty() {
        return;
    }
    let mut again = std::process::Command::new(program);
    again.args(std::env::args_os().skip(1));
    for name in missing {
        again.env(name, "1");
    }
    // Comes back only when that fails, and then the window may still show.
    let error = again.exec();
    tracing::warn!(%error, "could not begin anew for the graphics driver");
}

/// Whether a variable says something.
#[cfg(target_os = "linux")]
pub fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Elsewhere the system's own web view is used as it is.
#[cfg(not(target_os = "linux"))]
pub fn prepare(_config: &Config) {}

#[cfg(target_os = "linux")]
#[derive(Debug, Clone, Copy)]
struct Machine {
    has_nvidia: bool,
    is_wayland: bool,
    wants_safe: bool,
}

#[cfg(target_os = "linux")]
fn needed(machine: Machine) -> &'static [&'static str] {
    match machine {
        // Slow to scroll, so only for those who asked.
        Machine {
            wants_safe: true, ..
        } => &OURS[..2],
        Machine {
            has_nvidia: true,
            is_wayland: false,
            ..
        } => &OURS[..1],
        Machine {
            has_nvidia: true,
            is_wayland: true,
            ..
        } => &OURS[2..],
        Machine {
            has_nvidia: false, ..
        } => &[],
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_slowed_down_that_works() {
        let machine = |has_nvidia, is_wayland, wants_safe| Machine {
            has_nvidia,
            is_wayland,
            wants_safe,
        };
        assert!(needed(machine(false, false, false)).is_empty());
        assert!(needed(machine(false, true, false)).is_empty());
        assert_eq!(
            needed(machine(true, false, false)),
            ["WEBKIT_DISABLE_DMABUF_RENDERER"]
        );
        assert_eq!(
            needed(machine(true, true, false)),
            ["__NV_DISABLE_EXPLICIT_SYNC"]
        );
        assert_eq!(needed(machine(false, true, true)).len(), 2);
    }
}
