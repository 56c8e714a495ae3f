//! Who holds the database, where the system tells: the program to close when it is locked.

use std::path::Path;

/// A program that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its process id.
    pub pid: u32,
    /// What it is called.
    pub name: String,
}

/// The byte of the `-shm` file that SQLite locks for writing, and those of which each who reads locks one.
#[cfg(any(target_os = "linux", test))]
const WRITE_LOCK: LockOn = ("WRITE", 120, 120);
#[cfg(any(target_os = "linux", test))]
const READ_LOCKS: LockOn = ("READ", 123, 127);
/// Any byte.
#[cfg(any(target_os = "linux", test))]
const WHOLE: LockOn = ("WRITE", 0, u64::MAX);

/// A lock: its kind, and its first and last byte.
#[cfg(any(target_os = "linux", test))]
type LockOn = (&'static str, u64, u64);

/// How often the list of locks is read before nobody is said to hold anything.
#[cfg(target_os = "linux")]
const LOOKS: u32 = 3;

/// The other program that keeps us from writing the database at `path`; `None` when nobody does,
/// and where the system does not say.
///
/// The files are only named, never opened: closing one would drop all of our own locks on it.
#[cfg(target_os = "linux")]
pub fn holder_of(path: &Path) -> Option<Process> {
    let shared = super::files::beside(path, "-shm");
    let writing = file_of(&shared).map(|file| (file, WRITE_LOCK));
    let whole = file_of(path).map(|file| (file, WHOLE));
    process_with([writing, whole])
}

/// The other program that reads the database at `path` at this moment; `None` when nobody does, and where the system does
/// not say.
#[cfg(target_os = "linux")]
pub fn reader_of(path: &Path) -> Option<Process> {
    let shared = super::files::beside(path, "-shm");
    process_with([file_of(&shared).map(|file| (file, READ_LOCKS)), None])
}

#[cfg(target_os = "linux")]
fn process_with(wanted: [Option<(File, LockOn)>; 2]) -> Option<Process> {
    let own = std::process::id();
    let look = |_| {
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        let mut held = wanted.into_iter().flatten();
        held.find_map(|(file, byte)| locker_of(&locks, file, byte, own))
    };
    // While others lock and unlock, the list that is read may lack a line.
    let pid = (0..LOOKS).find_map(look)?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let name = match name.trim() {
        "" => "a program".into(),
        name => name.to_owned(),
    };
    Some(Process { pid, name })
}

/// The other program that keeps us from writing the database; the system does not say.
#[cfg(not(target_os = "linux"))]
pub fn holder_of(_: &Path) -> Option<Process> {
    None
}

/// The other program that reads the database; the system does not say.
#[cfg(not(target_os = "linux"))]
pub fn reader_of(_: &Path) -> Option<Process> {
    None
}

/// Device, major and minor, and inode, as the list of locks names a file.
#[cfg(any(target_os = "linux", test))]
type File = (u32, u32, u64);

#[cfg(target_os = "linux")]
fn file_of(path: &Path) -> Option<File> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = std::fs::metadata(path).ok()?;
    let device = meta.dev();
    Some((
        rustix::fs::major(device),
        rustix::fs::minor(device),
        meta.ino(),
    ))
}

/// The process, other than `own`, that has such a lock on `file`.
#[cfg(any(target_os = "linux", test))]
fn locker_of(locks: &str, file: File, (kind, first, last): LockOn, own: u32) -> Option<u32> {
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        // `1: POSIX  ADVISORY  WRITE 4242 08:01:1234 120 120`; `->` marks one who waits.
        let [_, _, _, how, pid, place, from, to] = words[..] else {
            return None;
        };
        let mut parts = place.split(':');
        let major = u32::from_str_radix(parts.next()?, 16).ok()?;
        let minor = u32::from_str_radix(parts.next()?, 16).ok()?;
        let inode: u64 = parts.next()?.parse().ok()?;
        let from: u64 = from.parse().ok()?;
        let to: u64 = to.parse().unwrap_or(u64::MAX);
        let is_there = how == kind && from <= last && to >= first;
        let pid: u32 = pid.parse().ok()?;
        // 0: a process we cannot see.
        (file == (major, minor, inode) && is_there && pid != own && pid != 0).then_some(pid)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKS: &str = "\
1: POSIX  ADVISORY  READ  77 fe:00:52 128 128
2: -> POSIX  ADVISORY  WRITE 78 fe:00:52 120 120
3: POSIX  ADVISORY  WRITE 79 fe:00:52 121 121
4: POSIX  ADVISORY  WRITE 80 fe:00:52 120 120
5: FLOCK  ADVISORY  WRITE 81 fe:00:53 0 EOF
6: POSIX  ADVISORY  WRITE 82 08:01:52 120 120
7: POSIX  ADVISORY  READ  83 fe:00:52 124 124
nonsense
";

    #[test]
    fn the_one_who_writes_is_named_and_nobody_else() {
        let file = (0xfe, 0, 52);
        assert_eq!(locker_of(LOCKS, file, WRITE_LOCK, 1), Some(80));
        assert_eq!(locker_of(LOCKS, file, WRITE_LOCK, 80), None, "we");
        assert_eq!(
            locker_of(LOCKS, file, ("WRITE", 123, 123), 1),
            None,
            "another byte"
        );
        assert_eq!(locker_of(LOCKS, file, READ_LOCKS, 1), Some(83));
        assert_eq!(locker_of(LOCKS, (0xfe, 0, 53), WHOLE, 1), Some(81));
        assert_eq!(locker_of(LOCKS, (0xfe, 0, 54), WHOLE, 1), None);
    }
}
