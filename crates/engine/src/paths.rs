//! Where things are kept on this platform, and what they are called inside the data folder.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::error::{Error, Result};

/// The folders the platform sets aside for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standard {
    /// For the data (`~/.local/share/scrollback` on Linux; `XDG_DATA_HOME` is honoured).
    pub data: PathBuf,
    /// For the config file (`~/.config/scrollback` on Linux; `XDG_CONFIG_HOME` is honoured).
    pub config: PathBuf,
}

impl Standard {
    /// The folders of the user we run as; `None` when the user has no home folder.
    pub fn of_this_user() -> Option<Self> {
        let dirs = ProjectDirs::from("", "", "scrollback")?;
        Some(Self {
            data: dirs.data_dir().to_path_buf(),
            config: dirs.config_dir().to_path_buf(),
        })
    }
}

/// Where this user's programs keep their settings, ours and others (`~/.config` on Linux;
/// `XDG_CONFIG_HOME` is honoured); `None` when the user has no home folder.
pub fn settings_of_all() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|dirs| dirs.config_dir().to_path_buf())
}

/// Folders in which nothing stays: temporary ones, and downloads.
pub fn fleeting() -> Vec<PathBuf> {
    let user = directories::UserDirs::new();
    let downloads = user.iter().flat_map(|dirs| {
        let default = dirs.home_dir().join("Downloads");
        dirs.download_dir()
            .map(Path::to_path_buf)
            .into_iter()
            .chain([default])
    });
    let temporary = ["/tmp", "/var/tmp", "/dev/shm"].map(PathBuf::from);
    let all = temporary
        .into_iter()
        .chain([std::env::temp_dir()])
        .chain(downloads);
    // An empty TMPDIR would be the beginning of every path.
    all.filter(|folder| folder.is_absolute()).collect()
}

/// Bytes in the name of a Unix socket, at most: 104 on macOS, 108 on Linux, with the closing zero.
const LONGEST_SOCKET: usize = 100;
/// How the folders of damaged databases begin.
const SET_ASIDE: &str = "corrupt-";

/// The folder that holds everything of ours, and the names of what lies in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The data folder at `path`, whether it exists or not.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database: every session, and the raw bytes of every line.
    pub fn database(&self) -> PathBuf {
        self.0.join("scrollback.db")
    }

    /// The folder of the search index, which can be built again from the database.
    pub fn index_dir(&self) -> PathBuf {
        self.0.join("index")
    }

    /// The file whose lock says that an engine runs here, and which.
    pub fn lock(&self) -> PathBuf {
        self.0.join("engine.lock")
    }

    /// Where the running engine listens: in the system's folder for such things, under a name that
    /// tells data folders apart; where there is none, in the data folder. A socket's name must be
    /// short, so a long one is replaced by one in the temporary folder.
    pub fn socket(&self) -> PathBuf {
        let path = std::path::absolute(&self.0).unwrap_or_else(|_| self.0.clone());
        let mark = xxhash_rust::xxh3::xxh3_64(path.as_os_str().as_encoded_bytes());
        let name = format!("scrollback-{mark:016x}.sock");
        let runtime = directories::BaseDirs::new()
            .and_then(|dirs| dirs.runtime_dir().map(Path::to_path_buf))
            .filter(|folder| folder.is_dir());
        let socket = match runtime {
            Some(folder) => folder.join(&name),
            None => path.join("engine.sock"),
        };
        if socket.as_os_str().len() <= LONGEST_SOCKET {
            socket
        } else {
            std::env::temp_dir().join(name)
        }
    }

    /// The file whose lock says that the desktop app runs here.
    pub fn app_lock(&self) -> PathBuf {
        self.0.join("desktop.lock")
    }

    /// Where the running desktop app listens for a second start, beside [`Self::socket`].
    pub fn app_socket(&self) -> PathBuf {
        let socket = self.socket();
        let stem = socket.file_stem().unwrap_or_default().to_string_lossy();
        // As long as the engine's name, or it may be too long.
        socket.with_file_name(format!("{stem}.app"))
    }

    /// The sessions a person pinned.
    pub fn pins(&self) -> PathBuf {
        self.0.join("pins")
    }

    /// Which incidents the desktop app has told.
    pub fn app_told(&self) -> PathBuf {
        self.0.join("desktop.told")
    }

    /// What the web engine of the desktop app's window keeps: nothing that is needed.
    pub fn web_data(&self) -> PathBuf {
        self.0.join("window")
    }

    /// The folder of the log.
    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// A folder of our own that is watched and written to, to prove that the watcher is alive
    /// without touching an agent's folder.
    pub fn probe(&self) -> PathBuf {
        self.0.join("watch-probe")
    }

    /// Says that the user asked us to wait, and until when.
    pub fn pause(&self) -> PathBuf {
        self.0.join("paused")
    }

    /// How far what is kept was read again, and what was found damaged.
    pub fn round(&self) -> PathBuf {
        self.0.join("round.json")
    }

    /// Copies of the database, taken daily and before a migration.
    pub fn backups(&self) -> PathBuf {
        self.0.join("backups")
    }

    /// A damaged database while what it held is being recovered.
    pub fn recovering(&self) -> PathBuf {
        self.0.join("recovering")
    }

    /// A damaged database set aside at `time`, for good.
    pub fn set_aside(&self, time: &str) -> PathBuf {
        self.0.join(format!("{SET_ASIDE}{time}"))
    }

    /// All damaged databases that were set aside, the oldest first.
    pub fn all_set_aside(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let is_one = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(SET_ASIDE) && path.is_dir()
        };
        let mut folders: Vec<PathBuf> = entries.map(|e| e.path()).filter(is_one).collect();
        folders.sort();
        folders
    }

    /// Creates the folder where it is missing, readable by its owner only: transcripts hold what
    /// people would not publish. A folder that exists keeps the mode its owner gave it.
    pub fn create(&self) -> Result<()> {
        private_folder(&self.0).map_err(|error| {
            Error::io("create the data folder", &self.0, error)
                .with_remedy("name a folder you may write to with --data-dir")
        })
    }
}

/// Makes a folder, and those it lies in, for its owner only. One that exists is left as it is.
pub fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Keeps a file to its owner; SQLite gives a database's log files the same mode.
pub fn private(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, mode).map_err(|e| Error::io("protect", path, e))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_created_folder_is_private_and_creating_twice_is_fine() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a temporary folder");
        let data = DataDir::new(home.path().join("deep/scrollback"));
        data.create().expect("created");
        data.create().expect("found");
        let mode = std::fs::metadata(data.path())
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_folder_that_cannot_be_made_names_itself_and_the_way_out() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let file = home.path().join("file");
        std::fs::write(&file, "").expect("written");
        let error = DataDir::new(file.join("data"))
            .create()
            .expect_err("a file is in the way");
        assert!(
            error
                .to_string()
                .contains("could not create the data folder"),
            "{error}"
        );
        assert!(
            error
                .remedy()
                .is_some_and(|remedy| remedy.contains("--data-dir"))
        );
    }
}
