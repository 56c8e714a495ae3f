//! What the system says of the disk or share a folder lies on.

use std::path::Path;

/// The kind of a file system that does not announce changes made elsewhere, or on which SQLite's
/// locks cannot be relied upon: a network share, FUSE, a folder shared into a virtual machine.
/// `None` for a local disk, and where the system cannot tell.
#[cfg(target_os = "linux")]
pub fn remote_kind(path: &Path) -> Option<&'static str> {
    let kind = rustix::fs::statfs(path).ok()?.f_type;
    // Numbers of statfs(2).
    match kind as u32 {
        0x6969 => Some("a network share (NFS)"),
        0x517B | 0xFE53_4D42 | 0xFF53_4D42 => Some("a network share (SMB)"),
        0x0102_1997 => Some("a shared folder (9p)"),
        0x6573_5546 => Some("a FUSE file system"),
        0x786F_4256 => Some("a shared folder (VirtualBox)"),
        0x00C3_6400 => Some("a network share (Ceph)"),
        0x5346_414F => Some("a network share (AFS)"),
        _ => None,
    }
}

/// The kind of a file system that does not announce all changes; unknown here.
#[cfg(not(target_os = "linux"))]
pub fn remote_kind(_: &Path) -> Option<&'static str> {
    None
}

/// Bytes free for us and bytes altogether on the volume of `path`; `None` where the system cannot
/// tell.
#[cfg(unix)]
pub fn space(path: &Path) -> Option<(u64, u64)> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some((stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize))
}

/// Bytes free and altogether; unknown here.
#[cfg(not(unix))]
pub fn space(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Free bytes when they are so few that people should be told: under 500 MB, and under a twentieth
/// of the volume, so that a small volume is not always short.
pub fn low_space(path: &Path) -> Option<u64> {
    let (free, all) = space(path)?;
    is_low(free, all).then_some(free)
}

fn is_low(free: u64, all: u64) -> bool {
    free < 500_000_000 && free < all / 20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_volume_is_not_always_short() {
        assert!(!is_low(400_000_000, 2_000_000_000));
        assert!(is_low(90_000_000, 2_000_000_000));
        assert!(!is_low(600_000_000, 1_000_000_000_000));
        assert!(is_low(400_000_000, 1_000_000_000_000));
    }
}
