//! The pictures, drawn from icons/tray.svg.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Icon;

/// A picture: width, height, and four bytes a pixel: red, green, blue, opacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The pixels, row by row.
    pub rgba: Vec<u8>,
}

/// The file of a picture.
macro_rules! drawn {
    ($name:expr) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/icons/tray/", $name))
    };
}

/// For panels that choose a size, the smallest first.
#[cfg(target_os = "linux")]
macro_rules! files {
    ($name:literal) => {
        &[
            drawn!(concat!($name, "-16.png")),
            drawn!(concat!($name, "-22.png")),
            drawn!(concat!($name, "-24.png")),
            drawn!(concat!($name, "-32.png")),
            drawn!(concat!($name, "-48.png")),
        ]
    };
}

/// Drawn for the menu bar: in one colour, that of the state where it asks for a look.
#[cfg(target_os = "macos")]
macro_rules! files {
    ($name:literal) => {
        &[drawn!(concat!("template/", $name, "-36.png"))]
    };
}

/// What Windows scales from.
#[cfg(windows)]
macro_rules! files {
    ($name:literal) => {
        &[drawn!(concat!($name, "-32.png"))]
    };
}

fn files(icon: Icon) -> &'static [&'static [u8]] {
    match icon {
        Icon::Live => files!("live"),
        Icon::Idle => files!("idle"),
        Icon::CatchingUp => files!("catching_up"),
        Icon::Degraded => files!("degraded"),
        Icon::Stalled => files!("stalled"),
        Icon::Paused => files!("paused"),
        Icon::Off => files!("off"),
    }
}

/// The pictures of an icon, the smallest first. A picture that cannot be unpacked is left out, and a
/// test sees to it that there is none.
pub fn pictures(icon: Icon) -> Vec<Picture> {
    static UNPACKED: Mutex<Option<HashMap<Icon, Vec<Picture>>>> = Mutex::new(None);
    let mut unpacked = UNPACKED.lock().unwrap_or_else(PoisonError::into_inner);
    let all = unpacked.get_or_insert_default();
    let pictures = all.entry(icon);
    pictures
        .or_insert_with(|| files(icon).iter().filter_map(|file| unpack(file)).collect())
        .clone()
}

fn unpack(file: &[u8]) -> Option<Picture> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .ok()?;
    let mut rgba = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut rgba).ok()?;
    let is_rgba = (info.color_type, info.bit_depth) == (png::ColorType::Rgba, png::BitDepth::Eight);
    rgba.truncate(info.buffer_size());
    is_rgba.then_some(Picture {
        width: info.width,
        height: info.height,
        rgba,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_has_every_size_and_a_colour_of_its_own() {
        let all = [
            Icon::Live,
            Icon::Idle,
            Icon::CatchingUp,
            Icon::Degraded,
            Icon::Stalled,
            Icon::Paused,
            Icon::Off,
        ];
        let mut seen = Vec::new();
        for icon in all {
            let pictures = pictures(icon);
            let sizes: Vec<u32> = pictures.iter().map(|picture| picture.width).collect();
            #[cfg(target_os = "linux")]
            assert_eq!(sizes, [16, 22, 24, 32, 48], "{icon:?}");
            #[cfg(not(target_os = "linux"))]
            assert_eq!(sizes.len(), 1, "{icon:?}");
            for picture in pictures {
                assert_eq!(
                    picture.rgba.len() as u32,
                    picture.width * picture.height * 4
                );
                assert!(!seen.contains(&picture), "{icon:?}");
                seen.push(picture);
            }
        }
    }
}
