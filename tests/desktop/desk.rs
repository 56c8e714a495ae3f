//! A desktop of one's own: a display, a session bus, a home. Gone with the test.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take before a test calls it hung. Far more than it ever should.
pub const HANG: Duration = Duration::from_secs(60);

/// A quit takes no longer.
const QUIT: Duration = Duration::from_secs(2);

/// Waits for something to come true, and returns it.
#[track_caller]
pub fn wait<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(started.elapsed() < HANG, "still waiting: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A program that ends with the test.
pub struct Program(Child);

impl Program {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Waits for it to end.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        wait("it ends", || self.0.try_wait().expect("asked"))
    }

    /// Waits for it to end, which the user has just asked for.
    #[track_caller]
    pub fn ended_soon(&mut self) -> ExitStatus {
        let asked = Instant::now();
        let status = self.ended();
        assert!(asked.elapsed() <= QUIT, "after {:?}", asked.elapsed());
        status
    }

    /// A process it has started, by the first 15 letters of its name.
    pub fn child(&self, name: &str) -> Option<u32> {
        let found = Command::new("pgrep")
            .args(["-x", "-P", &self.pid().to_string(), name])
            .output()
            .expect("pgrep runs");
        String::from_utf8_lossy(&found.stdout).trim().parse().ok()
    }

    /// Asks it to end, as a session manager does.
    pub fn terminate(&self) {
        signal("TERM", self.pid());
    }
}

/// Sends a signal.
pub fn signal(name: &str, pid: u32) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), pid.to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The desktop.
pub struct Desk {
    home: tempfile::TempDir,
    /// Name of the display.
    pub display: String,
    /// Address of the session bus.
    pub bus: String,
    _display: Program,
    _bus: Program,
}

impl Desk {
    /// A display and a bus that nobody else uses, and an empty home.
    pub fn new() -> Self {
        let (display_server, display) = told(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x900x24",
            // Without, it starts over whenever the last client has gone.
            "-noreset",
            "-nolisten",
            "tcp",
        ]));
        let (bus_daemon, bus) =
            told(Command::new("dbus-daemon").args(["--session", "--nofork", "--print-address=1"]));
        let desk = Self {
            home: tempfile::tempdir().expect("a home"),
            display: format!(":{display}"),
            bus,
            _display: display_server,
            _bus: bus_daemon,
        };
        fs::create_dir_all(desk.home().join("run")).expect("made");
        desk
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The same environment as on a real desktop, and nothing of the one the tests run in.
    pub fn furnish(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("XDG_RUNTIME_DIR", self.home().join("run"))
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
    }

    /// Starts the app.
    pub fn app(&self, arguments: &[&str]) -> Program {
        let mut command = Command::new(APP);
        self.furnish(&mut command);
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.home().join("app.log"));
        let started = command
            .arg("-v")
            .args(arguments)
            .stderr(log.expect("a log"))
            .spawn();
        Program(started.expect("the app starts"))
    }

    /// Runs the command line to its end: exit code and standard output.
    pub fn cli(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(cli());
        self.furnish(&mut command);
        let output = command
            .args(arguments)
            .output()
            .expect("the command line runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    }

    /// Leaves the command line running.
    pub fn leave(&self, arguments: &[&str]) -> Program {
        let mut command = Command::new(cli());
        self.furnish(&mut command);
        let started = command.args(arguments).stdout(Stdio::null()).spawn();
        Program(started.expect("the command line starts"))
    }

    /// What `scrollback status --json` says.
    pub fn status(&self) -> Value {
        let (_, out) = self.cli(&["status", "--json"]);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("no status ({error}): {out}"))
    }

    /// The state it says.
    pub fn state(&self) -> String {
        self.status()["state"].as_str().expect("a state").to_owned()
    }

    // What the agent does.

    pub fn transcript(&self, name: &str) -> PathBuf {
        self.home().join(".claude/projects").join(name)
    }

    /// Adds turns to a transcript, made when it is not there.
    pub fn write(&self, name: &str, numbers: std::ops::RangeInclusive<u32>) {
        let path = self.transcript(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let session = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .expect("opened");
        for number in numbers {
            writeln!(file, "{}", turn(&session, number)).expect("written");
        }
    }

    /// Adds what a person says to a transcript.
    pub fn say(&self, name: &str, texts: &[String]) {
        let path = self.transcript(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let session = Path::new(name).file_stem().expect("a name");
        let session = session.to_string_lossy();
        let lines: String = (1..)
            .step_by(2)
            .zip(texts)
            .map(|(number, text)| {
                let mut turn = turn(&session, number);
                turn["message"]["content"] = text.as_str().into();
                format!("{turn}\n")
            })
            .collect();
        fs::write(path, lines).expect("written");
    }

    /// Transcripts from elsewhere, so many times.
    pub fn copy_transcripts(&self, projects: &Path, times: u32) {
        for time in 0..times {
            for project in fs::read_dir(projects).expect("read").flatten() {
                let name = project.file_name().to_string_lossy().into_owned();
                let copy = self.transcript(&format!("{name}-{time}"));
                fs::create_dir_all(copy.parent().expect("a folder")).expect("made");
                let copied = Command::new("cp")
                    .args([
                        OsStr::new("-rL"),
                        project.path().as_os_str(),
                        copy.as_os_str(),
                    ])
                    .status();
                assert!(copied.expect("cp runs").success());
            }
        }
    }

    /// What the app said of itself.
    pub fn said(&self) -> String {
        fs::read_to_string(self.home().join("app.log")).unwrap_or_default()
    }

    pub fn database(&self) -> PathBuf {
        self.home().join(".local/share/scrollback/scrollback.db")
    }

    /// Sets something in the config file before the app starts.
    pub fn configure(&self, text: &str) {
        let folder = self.home().join(".config/scrollback");
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join("config.toml"), text).expect("written");
    }
}

impl Drop for Desk {
    /// What the app said of itself tells why a test failed.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the app said:\n{}", self.said());
        }
    }
}

/// What a person and the model say in turns.
fn turn(session: &str, number: u32) -> Value {
    let is_user = number % 2 == 1;
    let role = if is_user { "user" } else { "assistant" };
    let text = format!("{session} says word{number}");
    let content = if is_user {
        Value::from(text)
    } else {
        serde_json::json!([{ "type": "text", "text": text }])
    };
    serde_json::json!({
        "type": role, "uuid": format!("{session}-{number}"), "sessionId": session,
        "parentUuid": (number > 1).then(|| format!("{session}-{}", number - 1)),
        "timestamp": format!("2026-11-01T10:{:02}:{:02}.000Z", number / 60 % 60, number % 60),
        "cwd": "/work/garden", "version": "2.0.0", "isSidechain": false, "userType": "external",
        "message": { "role": role, "content": content },
    })
}

pub const APP: &str = env!("CARGO_BIN_EXE_scrollback-desktop");

fn cli() -> PathBuf {
    let cli = Path::new(APP).with_file_name("scrollback");
    assert!(
        cli.exists(),
        "build the command line too: cargo test --workspace, or cargo build -p scrollback-cli"
    );
    cli
}

/// Starts a server and reads the line in which it says where it is.
fn told(command: &mut Command) -> (Program, String) {
    let spawned = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child =
        spawned.unwrap_or_else(|error| panic!("{command:?}: {error}; `scripts/setup` installs it"));
    let mut line = String::new();
    let out = child.stdout.take().expect("piped");
    BufReader::new(out)
        .read_line(&mut line)
        .expect("it says where it is");
    (Program(child), line.trim().to_owned())
}
