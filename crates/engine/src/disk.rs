//! What lies below a folder: how much room is left, and whether the disk is this machine's own.

use std::io;
use std::path::Path;

/// A kind of file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystem {
    /// What it is called, as far as we know it.
    pub name: &'static str,
    /// Files may change behind this machine's back: no events, and locks that others do not see.
    pub is_remote: bool,
}

/// Bytes that we may still write in `folder`; `None` where the system does not say.
#[cfg(unix)]
pub fn free(folder: &Path) -> io::Result<Option<u64>> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(Some(found.f_bavail.saturating_mul(found.f_frsize)))
}

/// Bytes that we may still write in `folder`; the system does not say.
#[cfg(not(unix))]
pub fn free(_: &Path) -> io::Result<Option<u64>> {
    Ok(None)
}

/// Bytes free in `folder` when they are so few that people should be told: under 500 MB, and under a
/// twentieth of the disk, so that a small disk is not always short.
#[cfg(unix)]
pub fn low_space(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    is_low(free, found.f_blocks.saturating_mul(found.f_frsize)).then_some(free)
}

/// Bytes free when they are few; the system does not say.
#[cfg(not(unix))]
pub fn low_space(_: &Path) -> Option<u64> {
    None
}

#[cfg(any(unix, test))]
fn is_low(free: u64, all: u64) -> bool {
    free < 500_000_000 && free < all / 20
}

/// The file system that holds `path`; `None` where the system does not say.
#[cfg(target_os = "linux")]
pub fn file_system(path: &Path) -> io::Result<Option<FileSystem>> {
    // The field's width and sign differ by machine; the numbers have 32 bits.
    Ok(Some(named(rustix::fs::statfs(path)?.f_type as u32)))
}

/// The file system that holds `path`; the system does not say.
#[cfg(not(target_os = "linux"))]
pub fn file_system(_: &Path) -> io::Result<Option<FileSystem>> {
    Ok(None)
}

/// The file system with this number (`statfs(2)`).
#[cfg(any(target_os = "linux", test))]
fn named(number: u32) -> FileSystem {
    let (name, is_remote) = match number {
        0x0000_6969 => ("NFS", true),
        0x0000_517b => ("SMB", true),
        0xff53_4d42 | 0xfe53_4d42 => ("CIFS", true),
        0x6573_5546 => ("FUSE", true),
        0x0102_1997 => ("9p", true),
        0x5346_414f => ("AFS", true),
        0x7375_7245 => ("Coda", true),
        0x00c3_6400 => ("Ceph", true),
        0x0bd0_0bd0 => ("Lustre", true),
        0x786f_4256 => ("VirtualBox shared folder", true),
        0xef53 => ("ext4", false),
        0x9123_683e => ("btrfs", false),
        0x5846_5342 => ("XFS", false),
        0x2fc1_2fc1 => ("ZFS", false),
        0xf2f5_2010 => ("F2FS", false),
        0x0102_1994 => ("tmpfs", false),
        0x794c_7630 => ("overlay", false),
        _ => ("a local file system", false),
    };
    FileSystem { name, is_remote }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_disk_is_not_always_short() {
        assert!(!is_low(400_000_000, 2_000_000_000));
        assert!(is_low(90_000_000, 2_000_000_000));
        assert!(!is_low(600_000_000, 1_000_000_000_000));
        assert!(is_low(400_000_000, 1_000_000_000_000));
    }

    #[test]
    fn what_others_can_change_is_remote() {
        assert!(named(0x6969).is_remote);
        assert!(named(0xff53_4d42).is_remote);
        assert!(!named(0xef53).is_remote);
        assert_eq!(named(7).name, "a local file system");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_machine_has_room_and_a_file_system() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(free(folder.path()).expect("asked").is_some());
        assert!(file_system(folder.path()).expect("asked").is_some());
        assert!(free(&folder.path().join("nowhere")).is_err());
    }
}
