//! `scrollback-desktop`: the desktop app. See the library for what it is.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    scrollback_desktop::run()
}
