//! The real binary, as a person runs it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::sandbox::Sandbox;

/// How long anything may take before a test calls it hung. Far more than it ever should.
pub const HANG: Duration = Duration::from_secs(30);

/// A change in place right after a file was read may leave the very same stamp. It is looked for once
/// the stamp is so old that this can be answered for good.
pub const DOUBT: Duration = Duration::from_millis(60);

impl Sandbox {
    /// `scrollback` with these arguments, in this home and nothing else of the environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let Some(binary) = option_env!("CARGO_BIN_EXE_scrollback") else {
            panic!("only tests of the CLI crate have the binary");
        };
        let mut command = Command::new(binary);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home())
            .env("SCROLLBACK_DATA_DIR", self.data().path())
            .env(
                "SCROLLBACK_SOURCES",
                format!("claude-code={}", self.claude().display()),
            );
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Answer {
        let output = self.command(arguments).output().expect("the program runs");
        Answer::of(output)
    }

    /// Runs it as a user without special rights, who owns the home. Root may everything, so where
    /// the tests run as root somebody else takes its place.
    pub fn run_unprivileged(&self, arguments: &[&str]) -> Answer {
        let mut command = self.command(arguments);
        if rustix::process::geteuid().is_root() {
            give_away(self.home());
            command.uid(NOBODY).gid(NOBODY);
        }
        Answer::of(command.output().expect("the program runs"))
    }

    /// Waits until a watch has the lock: before, it does not listen to signals and cannot end cleanly.
    pub fn wait_for_lock(&self, watch: &Running) {
        let pid = format!("{} ", watch.pid());
        let is_holder =
            || fs::read_to_string(self.data().lock()).is_ok_and(|holder| holder.starts_with(&pid));
        wait_until("the watch has begun", is_holder);
    }

    /// What the last watch that was left running complained about.
    pub fn complaints(&self) -> std::path::PathBuf {
        self.home().join("complaints")
    }

    /// Leaves `scrollback watch` running.
    pub fn start_watch(&self) -> Running {
        self.start_watch_with(|_| {})
    }

    /// The same in surroundings that `change` makes.
    pub fn start_watch_with(&self, change: impl FnOnce(&mut Command)) -> Running {
        let mut command = self.command(&["watch", "--json"]);
        change(&mut command);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.complaints()).expect("made"));
        Running(command.spawn().expect("the program starts"))
    }
}

/// The user that owns nothing.
const NOBODY: u32 = 65_534;

fn give_away(path: &Path) {
    let meta = fs::symlink_metadata(path).expect("there");
    if meta.uid() != NOBODY {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("given away");
    }
    if meta.is_dir() {
        for entry in fs::read_dir(path).expect("listed") {
            give_away(&entry.expect("an entry").path());
        }
    }
}

/// How the program ended and what it said.
#[derive(Debug)]
pub struct Answer {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Answer {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The JSON it answered with.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }

    #[track_caller]
    pub fn assert_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}

/// A program left running; killed when the test ends.
pub struct Running(Child);

impl Running {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    pub fn of(child: Child) -> Self {
        Self(child)
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("reaped");
    }

    /// Asks it to end, as `kill` and a service manager do; its exit code.
    pub fn terminate(mut self) -> Option<i32> {
        self.signal(rustix::process::Signal::TERM);
        let mut code = None;
        wait_until("the program ends when asked to", || {
            code = self.0.try_wait().expect("waited");
            code.is_some()
        });
        code.and_then(|status| status.code())
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, signal).expect("signalled");
    }

    /// Waits until it ends by itself; its exit code.
    pub fn code_within(mut self, hang: Duration) -> Option<i32> {
        let mut code = None;
        wait_long("the program ends by itself", hang, || {
            code = self.0.try_wait().expect("waited");
            code.is_some()
        });
        code.and_then(|status| status.code())
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        self.0.try_wait().expect("asked").is_none()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already gone, mostly.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for `condition`. Only a hang fails: how fast it comes true is for benches to say.
#[track_caller]
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    wait_long(what, HANG, condition);
}

/// The same for what takes its time.
#[track_caller]
pub fn wait_long(what: &str, hang: Duration, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < hang, "still waiting: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
